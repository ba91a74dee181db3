-- The apps that the command line has registered, and the keys that sign their tokens.

-- The metadata and the secrets of a client; null if there is none.
create function vouch.oidc_client_of(p_id text, p_now timestamptz) returns json language plpgsql as $$
begin
  return (select json_build_object('metadata', c.metadata, 'secret_hash', encode(c.secret_hash, 'hex'),
      'previous_hash', case when c.previous_until > p_now then encode(c.previous_hash, 'hex') end)
    from oidc_client c where c.id = p_id);
end $$;

-- The picture of a client; null if there is none.
create function vouch.oidc_client_logo(p_id text, p_now timestamptz) returns bytea language plpgsql as $$
begin
  return (select c.logo from oidc_client c where c.id = p_id);
end $$;

-- Inserts a client. False if there is one with this id.
create function vouch.insert_oidc_client(
  p_id text, p_metadata json, p_logo bytea, p_secret_hash bytea, p_created_by text, p_now timestamptz
) returns boolean language plpgsql as $$
begin
  insert into oidc_client (id, metadata, logo, secret_hash, created_at, created_by)
    values (p_id, p_metadata, p_logo, p_secret_hash, p_now, p_created_by) on conflict (id) do nothing;
  return found;
end $$;

-- Gives a client a new secret; the present one stays valid for the overlap. False if there is no client with a secret.
create function vouch.replace_oidc_secret(p_id text, p_secret_hash bytea, p_overlap_seconds float8, p_now timestamptz)
returns boolean language plpgsql as $$
declare
  v_until timestamptz := p_now + make_interval(secs => p_overlap_seconds);
begin
  update oidc_client c set previous_hash = c.secret_hash, previous_until = v_until, secret_hash = p_secret_hash
    where c.id = p_id and c.secret_hash is not null;
  return found;
end $$;

-- Deletes a client. False if there is none.
create function vouch.delete_oidc_client(p_id text) returns boolean language plpgsql as $$
begin
  delete from oidc_client c where c.id = p_id;
  return found;
end $$;

-- Makes a client, and records it in the audit trail; `recorded` is null if there is one with this id. Composite.
create function vouch.add_oidc_client(
  p_id text, p_metadata json, p_logo bytea, p_secret_hash bytea, p_actor json, p_now timestamptz, out recorded json
) language plpgsql as $$
begin
  if vouch.insert_oidc_client(p_id, p_metadata, p_logo, p_secret_hash, vouch.actor_label(p_actor), p_now) then
    recorded := vouch.record_act(null, 'manage_clients', p_actor, 'client:' || p_id, null, 'added', null, p_metadata, p_now);
  end if;
end $$;

-- Gives a client a new secret, and records it; `recorded` is null if there is no such client. Composite.
create function vouch.rotate_oidc_client(
  p_id text, p_secret_hash bytea, p_overlap_seconds float8, p_actor json, p_now timestamptz, out recorded json
) language plpgsql as $$
begin
  if vouch.replace_oidc_secret(p_id, p_secret_hash, p_overlap_seconds, p_now) then
    recorded := vouch.record_act(null, 'manage_clients', p_actor, 'client:' || p_id, null, 'rotated', null, null, p_now);
  end if;
end $$;

-- Deletes a client, and records it; `recorded` is null if there is none. Composite.
create function vouch.remove_oidc_client(p_id text, p_actor json, p_now timestamptz, out recorded json) language plpgsql as $$
begin
  if vouch.delete_oidc_client(p_id) then
    recorded := vouch.record_act(null, 'manage_clients', p_actor, 'client:' || p_id, null, 'removed', null, null, p_now);
  end if;
end $$;

-- Inserts a signing key. False if there is one with this id, as another process made it at the same moment.
create function vouch.insert_signing_key(
  p_id text, p_sealed bytea, p_public_key json, p_wait_seconds float8, p_now timestamptz
) returns boolean language plpgsql as $$
declare
  v_signs_from timestamptz := p_now + make_interval(secs => p_wait_seconds);
begin
  insert into signing_key (id, sealed, public_key, created_at, signs_from)
    values (p_id, p_sealed, p_public_key, p_now, v_signs_from) on conflict (id) do nothing;
  return found;
end $$;

-- Seals a signing key anew, by another key of the instance.
create function vouch.reseal_signing_key(p_id text, p_sealed bytea, p_now timestamptz) returns void language plpgsql as $$
begin
  update signing_key k set sealed = p_sealed where k.id = p_id;
end $$;

-- Deletes a signing key.
create function vouch.delete_signing_key(p_id text, p_now timestamptz) returns void language plpgsql as $$
begin
  delete from signing_key k where k.id = p_id;
end $$;
