-- The records of the OpenID provider: everything that the library keeps, by the hash of its id. `p_key` is the kind of the
-- record and the SHA-256 of the id in base64url.

-- Writes a record, or replaces it; it stays consumed if it was.
create function vouch.put_oidc_record(
  p_key text, p_payload json, p_grant_key text, p_life_seconds float8, p_now timestamptz
) returns void language plpgsql as $$
declare
  v_expires_at timestamptz := p_now + make_interval(secs => p_life_seconds);
begin
  insert into oidc_record as r (key, payload, grant_key, expires_at)
    values (p_key, p_payload, p_grant_key, v_expires_at)
    on conflict (key) do update set payload = p_payload, expires_at = v_expires_at;
end $$;

-- Writes a record that nobody has written yet; false if somebody has.
create function vouch.put_new_oidc_record(
  p_key text, p_payload json, p_life_seconds float8, p_now timestamptz
) returns boolean language plpgsql as $$
declare
  v_expires_at timestamptz := p_now + make_interval(secs => p_life_seconds);
begin
  insert into oidc_record (key, payload, expires_at) values (p_key, p_payload, v_expires_at) on conflict (key) do nothing;
  return found;
end $$;

-- Names a record by another id, such as the code of a device that a person types.
create function vouch.name_oidc_record(p_key text, p_record_key text, p_life_seconds float8, p_now timestamptz) returns void
language plpgsql as $$
declare
  v_expires_at timestamptz := p_now + make_interval(secs => p_life_seconds);
begin
  insert into oidc_name as n (key, record_key, expires_at) values (p_key, p_record_key, v_expires_at)
    on conflict (key) do update set record_key = p_record_key, expires_at = v_expires_at;
end $$;

-- The record of another id; null if there is none.
create function vouch.oidc_record_named(p_key text, p_now timestamptz) returns text language plpgsql as $$
begin
  return (select n.record_key from oidc_name n where n.key = p_key and n.expires_at > p_now);
end $$;

-- A record that has not expired.
create function vouch.oidc_record_of(
  p_key text, p_now timestamptz,
  out key text, out payload json, out grant_key text, out account_id uuid, out session_hash bytea, out is_consumed boolean
) language plpgsql as $$
begin
  select r.key, r.payload, r.grant_key, r.account_id, r.session_hash::bytea, r.consumed_at is not null
      into key, payload, grant_key, account_id, session_hash, is_consumed
    from oidc_record r where r.key = p_key and r.expires_at > p_now;
end $$;

-- Whether a grant lives: it has not ended, and neither has its session. Composite.
create function vouch.is_live_oidc_grant(p_grant_key text, p_idle_seconds float8, p_now timestamptz) returns boolean
language plpgsql as $$
declare
  g record := vouch.oidc_record_of(p_grant_key, p_now);
  l record;
begin
  if g.key is null then
    return false;
  end if;
  l := vouch.live_session(g.account_id, g.session_hash, p_idle_seconds, p_now);
  return l.id is not null;
end $$;

-- A record with its name or its own key, if it has not expired and its grant lives; otherwise all is null. Composite.
create function vouch.find_oidc_record(
  p_key text, p_name text, p_idle_seconds float8, p_now timestamptz,
  out key text, out payload json, out is_consumed boolean
) language plpgsql as $$
declare
  r record := vouch.oidc_record_of(case when p_name is null then p_key else vouch.oidc_record_named(p_name, p_now) end, p_now);
  v_grant_key text := case when r.session_hash is null then r.grant_key else r.key end;
begin
  if v_grant_key is null or vouch.is_live_oidc_grant(v_grant_key, p_idle_seconds, p_now) then
    key := r.key;
    payload := r.payload;
    is_consumed := r.is_consumed;
  end if;
end $$;

-- Consumes a record. False if it has been consumed, whoever comes at the same moment, or if there is none.
create function vouch.consume_oidc_record(p_key text, p_now timestamptz) returns boolean language plpgsql as $$
begin
  update oidc_record r set consumed_at = p_now
    where r.key = p_key and r.consumed_at is null and r.expires_at > p_now;
  return found;
end $$;

-- Deletes a record. Returns the session of a grant, which ends with it.
create function vouch.delete_oidc_record(p_key text, out account_id uuid, out session_hash bytea) language plpgsql as $$
begin
  delete from oidc_record r where r.key = p_key returning r.account_id, r.session_hash::bytea into account_id, session_hash;
end $$;

-- Deletes a record, and the session of a grant. Composite.
create function vouch.end_oidc_record(p_key text, p_now timestamptz, out on_standbys boolean, out events json)
language plpgsql as $$
declare
  d record := vouch.delete_oidc_record(p_key);
  v_session_id uuid;
begin
  on_standbys := false;
  if d.session_hash is not null then
    v_session_id := vouch.delete_session(d.account_id, d.session_hash);
    if v_session_id is not null then
      events := json_build_array(vouch.record_event(d.account_id, 'sessions_ended', 'succeeded',
        vouch.masked_number(vouch.number_of(d.account_id)), 'sessions: 1, by its app', null, '', p_now,
        p_ended => array[v_session_id]));
    end if;
    on_standbys := vouch.has_standbys(vouch.all_standbys());
  end if;
end $$;
