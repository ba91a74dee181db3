-- Inserts an API key.
create function vouch.insert_api_key(
  p_id text, p_name text, p_secret_hash bytea, p_scopes text[], p_networks text[], p_requests_per_minute int,
  p_lifetime_days int, p_created_by text, p_now timestamptz
) returns void language plpgsql as $$
declare
  v_expires_at timestamptz := p_now + make_interval(days => p_lifetime_days);
begin
  insert into api_key (id, name, secret_hash, scopes, networks, requests_per_minute, lifetime_days, created_at, created_by,
      changed_at, expires_at)
    values (p_id, p_name, p_secret_hash, p_scopes, p_networks, p_requests_per_minute, p_lifetime_days, p_now, p_created_by,
      p_now, v_expires_at);
end $$;

-- The secrets and the rights of a key, and which of its secrets are valid now. No row for an unknown id.
create function vouch.find_api_key(
  p_id text, p_now timestamptz,
  out secret_hash bytea, out is_live boolean, out previous_hash bytea, out is_previous_live boolean,
  out scopes json, out networks json, out requests_per_minute int
) returns setof record language plpgsql as $$
begin
  return query select k.secret_hash::bytea, k.revoked_at is null and k.expires_at > p_now,
      coalesce(k.previous_hash::bytea, '\x'), coalesce(k.revoked_at is null and k.previous_until > p_now, false),
      to_json(k.scopes), to_json(k.networks), k.requests_per_minute
    from api_key k where k.id = p_id;
end $$;

-- Notes the use of a key, once a minute at most, so that a busy client does not write a row with each request.
create function vouch.touch_api_key(p_id text, p_now timestamptz) returns void language plpgsql as $$
declare
  v_before timestamptz := p_now - interval '1 minute';
begin
  update api_key k set last_used_at = p_now
    where k.id = p_id and (k.last_used_at is null or k.last_used_at <= v_before);
end $$;

-- Counts a request against the limit of a key, and notes its use. Returns null, or the seconds to wait. Composite.
create function vouch.admit_api_key(p_id text, p_bucket text, p_quota int, p_now timestamptz) returns float8
language plpgsql as $$
declare
  v_wait float8 := vouch.take_unit(p_bucket, p_quota, 60, true, p_now);
begin
  if v_wait is null then
    perform vouch.touch_api_key(p_id, p_now);
  end if;
  return v_wait;
end $$;

-- Gives a key a new secret. The present one stays valid for the overlap, though not beyond its own end, and ends at once
-- without one. Returns `rotated`, or why not: a key has two valid secrets at most.
create function vouch.replace_api_key_secret(
  p_id text, p_secret_hash bytea, p_overlap_seconds float8, p_now timestamptz,
  out outcome text, out name text, out previous_until timestamptz, out expires_at timestamptz
) language plpgsql as $$
declare
  k api_key%rowtype;
begin
  select a.* into k from api_key a where a.id = p_id for update;
  name := k.name;
  outcome := case when k.id is null then 'key_unknown' when k.revoked_at is not null then 'key_revoked'
    when k.previous_until > p_now and p_overlap_seconds > 0 then 'key_overlaps' else 'rotated' end;
  previous_until := k.previous_until;
  if outcome <> 'rotated' then
    return;
  end if;
  previous_until := least(p_now + make_interval(secs => p_overlap_seconds), k.expires_at);
  expires_at := p_now + make_interval(days => k.lifetime_days);
  update api_key a set secret_hash = p_secret_hash, previous_hash = k.secret_hash,
      previous_until = replace_api_key_secret.previous_until, expires_at = replace_api_key_secret.expires_at,
      changed_at = p_now
    where a.id = p_id;
end $$;

-- Ends all secrets of a key for good. Returns `revoked`, or why not.
create function vouch.end_api_key(p_id text, p_now timestamptz, out outcome text, out name text) language plpgsql as $$
declare
  k api_key%rowtype;
begin
  select a.* into k from api_key a where a.id = p_id for update;
  name := k.name;
  outcome := case when k.id is null then 'key_unknown' when k.revoked_at is not null then 'key_revoked'
    else 'revoked' end;
  if outcome = 'revoked' then
    update api_key a set revoked_at = p_now, changed_at = p_now where a.id = p_id;
  end if;
end $$;

-- Makes a key and records it in the audit trail. Composite.
create function vouch.add_api_key(
  p_id text, p_name text, p_secret_hash bytea, p_scopes text[], p_networks text[], p_requests_per_minute int,
  p_lifetime_days int, p_actor json, p_now timestamptz, out expires_at timestamptz, out recorded json
) language plpgsql as $$
begin
  perform vouch.insert_api_key(p_id, p_name, p_secret_hash, p_scopes, p_networks, p_requests_per_minute, p_lifetime_days,
    vouch.actor_label(p_actor), p_now);
  expires_at := p_now + make_interval(days => p_lifetime_days);
  recorded := vouch.record_act(null, 'manage_keys', p_actor, 'key:' || p_id, null, 'added', null,
    json_build_object('name', p_name, 'scopes', p_scopes, 'networks', p_networks, 'expires_at', expires_at), p_now);
end $$;

-- Gives a key a new secret and records it in the audit trail. Composite.
create function vouch.rotate_api_key(
  p_id text, p_secret_hash bytea, p_overlap_seconds float8, p_actor json, p_now timestamptz,
  out outcome text, out name text, out previous_until timestamptz, out expires_at timestamptz, out recorded json
) language plpgsql as $$
declare
  r record := vouch.replace_api_key_secret(p_id, p_secret_hash, p_overlap_seconds, p_now);
begin
  outcome := r.outcome;
  name := r.name;
  previous_until := r.previous_until;
  expires_at := r.expires_at;
  if outcome = 'rotated' then
    recorded := vouch.record_act(null, 'manage_keys', p_actor, 'key:' || p_id, null, 'rotated', null,
      json_build_object('previous_until', previous_until, 'expires_at', expires_at), p_now);
  end if;
end $$;

-- Ends a key and records it in the audit trail. Composite.
create function vouch.revoke_api_key(
  p_id text, p_actor json, p_now timestamptz, out outcome text, out name text, out recorded json
) language plpgsql as $$
declare
  r record := vouch.end_api_key(p_id, p_now);
begin
  outcome := r.outcome;
  name := r.name;
  if outcome = 'revoked' then
    recorded := vouch.record_act(null, 'manage_keys', p_actor, 'key:' || p_id, null, 'revoked', null, null, p_now);
  end if;
end $$;

-- The author of an act in a list: the kind and the id.
create function vouch.actor_label(p_actor json) returns text language sql immutable
return (p_actor ->> 'kind') || ':' || (p_actor ->> 'id');
