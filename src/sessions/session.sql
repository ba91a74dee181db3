-- Opens a session on a trusted device, and returns its latest expiry.
create function vouch.insert_session(
  p_account_id uuid, p_secret_hash bytea, p_id uuid, p_life_seconds float8, p_device text, p_address text,
  p_trusted_device bytea, p_now timestamptz
) returns timestamptz language plpgsql as $$
declare
  v_expires_at timestamptz := p_now + make_interval(secs => p_life_seconds);
begin
  insert into session (account_id, secret_hash, id, created_at, last_used_at, expires_at, device, address, trusted_device)
    values (p_account_id, p_secret_hash, p_id, p_now, p_now, v_expires_at, p_device, p_address, p_trusted_device);
  return v_expires_at;
end $$;

-- Ends the least used sessions of an account, so that with a new one it has at most `p_max`; expired ones count, and end
-- first. Returns their ids. The caller has locked the account: of sign-ins at the same moment each sees those before it.
create function vouch.end_least_used(p_account_id uuid, p_max int, p_now timestamptz) returns uuid[] language plpgsql as $$
declare
  v_id uuid;
  v_ended uuid[] := '{}';
begin
  perform from session s where s.account_id = p_account_id offset p_max - 1 limit 1;
  if not found then
    return v_ended;
  end if;
  for v_id in
    delete from session s where s.account_id = p_account_id and s.secret_hash in (
      select o.secret_hash from session o where o.account_id = p_account_id
        order by o.expires_at > p_now desc, o.last_used_at desc offset p_max - 1)
      returning s.id
  loop
    v_ended := v_ended || v_id;
  end loop;
  return v_ended;
end $$;

-- Ends the session that the client had before it signed in again (OWASP ASVS 7.2.4). Returns its id; null if there is none.
create function vouch.delete_session(p_account_id uuid, p_secret_hash bytea) returns uuid language plpgsql as $$
declare
  v_id uuid;
begin
  delete from session s where s.account_id = p_account_id and s.secret_hash = p_secret_hash returning s.id into v_id;
  return v_id;
end $$;

-- The session of a credential; all is null if it is unknown, ended, idle too long or too old.
create function vouch.live_session(
  p_account_id uuid, p_secret_hash bytea, p_idle_seconds float8, p_now timestamptz,
  out id uuid, out created_at timestamptz, out last_used_at timestamptz, out trusted_device bytea
) language plpgsql as $$
declare
  v_idle_since timestamptz := p_now - make_interval(secs => p_idle_seconds);
begin
  select s.id, s.created_at, s.last_used_at, s.trusted_device into id, created_at, last_used_at, trusted_device
    from session s
    where s.account_id = p_account_id and s.secret_hash = p_secret_hash
      and s.expires_at > p_now and s.last_used_at > v_idle_since;
end $$;

-- The last use of a session is written at most once in this time: an update writes to three indexes, and the first one of a
-- page after a checkpoint a whole page of WAL.
create function vouch.touch_interval() returns interval language sql immutable return interval '900 s';

-- Writes the last use of a live session, if the last time is long enough ago. Skips it while another transaction writes it,
-- so that nobody waits for another person's row.
create function vouch.touch_session(p_account_id uuid, p_secret_hash bytea, p_last_used_at timestamptz, p_now timestamptz)
returns void language plpgsql as $$
begin
  if p_last_used_at > p_now - vouch.touch_interval() then
    return;
  end if;
  perform from session s where s.account_id = p_account_id and s.secret_hash = p_secret_hash
    for no key update skip locked;
  if found then
    update session s set last_used_at = p_now where s.account_id = p_account_id and s.secret_hash = p_secret_hash;
  end if;
end $$;

-- The same for sessions that were found at a standby, which writes nothing.
create function vouch.touch_sessions(p_account_ids uuid[], p_secret_hashes bytea[], p_now timestamptz) returns void
language plpgsql as $$
declare
  v_last_used_at timestamptz;
begin
  for i in 1 .. cardinality(p_account_ids) loop
    select s.last_used_at into v_last_used_at from session s
      where s.account_id = p_account_ids[i] and s.secret_hash = p_secret_hashes[i];
    perform vouch.touch_session(p_account_ids[i], p_secret_hashes[i], v_last_used_at, p_now);
  end loop;
end $$;

-- The newest hundred live sessions of the account, the one that asks first; none without a live session.
create function vouch.list_sessions(p_account_id uuid, p_secret_hash bytea, p_idle_seconds float8, p_now timestamptz)
returns table (
  id uuid, "createdAt" timestamptz, "lastUsedAt" timestamptz, "expiresAt" timestamptz, device text, address text,
  current boolean
) language plpgsql as $$
declare
  v_idle_since timestamptz := p_now - make_interval(secs => p_idle_seconds);
  l record := vouch.live_session(p_account_id, p_secret_hash, p_idle_seconds, p_now);
begin
  if l.id is null then
    return;
  end if;
  return query select s.id, s.created_at, s.last_used_at, s.expires_at, s.device, s.address, s.id = l.id
    from session s
    where s.account_id = p_account_id and s.expires_at > p_now and s.last_used_at > v_idle_since
    order by s.id = l.id desc, s.last_used_at desc limit 100;
  perform vouch.touch_session(p_account_id, p_secret_hash, l.last_used_at, p_now);
end $$;

-- Ends the own session of an account (`p_which` is this), all others, or the one with an id (one), and the trust of their
-- devices: that of every device but the own one if all others end, and none at signing out, so that its owner gets in again.
-- Returns the ids of the sessions that it has ended.
create function vouch.end_chosen_sessions(
  p_account_id uuid, p_which text, p_id uuid, p_own_id uuid, p_own_device bytea
) returns uuid[] language plpgsql as $$
declare
  v_ended uuid[] := '{}';
  v_id uuid;
  v_device bytea;
  v_devices bytea[] := '{}';
begin
  for v_id, v_device in
    delete from session s
      where s.account_id = p_account_id
        and case p_which when 'this' then s.id = p_own_id when 'others' then s.id <> p_own_id else s.id = p_id end
      returning s.id, s.trusted_device
  loop
    v_ended := v_ended || v_id;
    v_devices := v_devices || v_device;
  end loop;
  if p_which <> 'this' then
    delete from trusted_device d
      where d.account_id = p_account_id and d.secret_hash is distinct from p_own_device
        and (p_which = 'others' or d.secret_hash = any(v_devices));
  end if;
  return v_ended;
end $$;

-- Ends sessions by a live one of the account. `on_standbys`: whether standbys may still have an ended session. Composite.
create function vouch.end_sessions(
  p_account_id uuid, p_secret_hash bytea, p_which text, p_id uuid, p_idle_seconds float8, p_client_ip text, p_device text,
  p_now timestamptz, out alive boolean, out ended int, out on_standbys boolean, out events json
) language plpgsql as $$
declare
  l record := vouch.live_session(p_account_id, p_secret_hash, p_idle_seconds, p_now);
  v_ended uuid[];
begin
  alive := l.id is not null;
  ended := 0;
  on_standbys := false;
  if not alive then
    return;
  end if;
  if p_which <> 'this' then
    perform vouch.touch_session(p_account_id, p_secret_hash, l.last_used_at, p_now);
  end if;
  v_ended := vouch.end_chosen_sessions(p_account_id, p_which, p_id, l.id, l.trusted_device);
  ended := cardinality(v_ended);
  if ended > 0 then
    on_standbys := vouch.has_standbys(vouch.all_standbys());
    events := json_build_array(vouch.record_event(p_account_id,
      case p_which when 'this' then 'signed_out' else 'sessions_ended' end, 'succeeded',
      vouch.masked_number(vouch.number_of(p_account_id)), 'sessions: ' || ended, p_client_ip, p_device, p_now,
      p_ended => v_ended));
  end if;
end $$;

-- The ids of the sessions of an account.
create function vouch.session_ids_of(p_account_id uuid) returns uuid[] language plpgsql as $$
begin
  return array(select s.id from session s where s.account_id = p_account_id order by s.id);
end $$;

-- The sessions and the trusted devices of an account.
create function vouch.count_sessions(p_account_id uuid, out sessions int, out devices int) language plpgsql as $$
begin
  select count(*) into sessions from session s where s.account_id = p_account_id;
  select count(*) into devices from trusted_device d where d.account_id = p_account_id;
end $$;
