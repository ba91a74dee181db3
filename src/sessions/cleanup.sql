-- Deletes a session that is expired, or was last used before a time and not since, unless somebody holds its row.
create function vouch.delete_ended_session(
  p_account_id uuid, p_secret_hash bytea, p_used_before timestamptz, p_now timestamptz
) returns boolean language plpgsql as $$
begin
  perform from session s
    where s.account_id = p_account_id and s.secret_hash = p_secret_hash
      and (s.expires_at < p_now or s.last_used_at < p_used_before)
    for update skip locked;
  if found then
    delete from session s where s.account_id = p_account_id and s.secret_hash = p_secret_hash;
    return true;
  end if;
  return false;
end $$;

-- Deletes a batch of the expired sessions, from those that ended at the time `p_from` on. Returns how many rows it saw and
-- deleted, and the newest time among them.
create function vouch.delete_expired_sessions(
  p_max int, p_from timestamptz, p_now timestamptz,
  out seen int, out deleted int, out until timestamptz
) language plpgsql as $$
declare
  e record;
begin
  seen := 0;
  deleted := 0;
  for e in
    select s.account_id, s.secret_hash, s.expires_at from session s
      where s.expires_at >= p_from and s.expires_at < p_now order by s.expires_at limit p_max
  loop
    seen := seen + 1;
    deleted := deleted + vouch.delete_ended_session(e.account_id, e.secret_hash, null, p_now)::int;
    until := e.expires_at;
  end loop;
end $$;

-- Deletes a batch of the sessions that are idle too long, from those last used at the time `p_from` on. Returns as
-- `delete_expired_sessions` does.
create function vouch.delete_idle_sessions(
  p_max int, p_from timestamptz, p_idle_seconds float8, p_now timestamptz,
  out seen int, out deleted int, out until timestamptz
) language plpgsql as $$
declare
  v_used_before timestamptz := p_now - make_interval(secs => p_idle_seconds);
  e record;
begin
  seen := 0;
  deleted := 0;
  for e in
    select s.account_id, s.secret_hash, s.last_used_at from session s
      where s.last_used_at >= p_from and s.last_used_at < v_used_before order by s.last_used_at limit p_max
  loop
    seen := seen + 1;
    deleted := deleted + vouch.delete_ended_session(e.account_id, e.secret_hash, v_used_before, p_now)::int;
    until := e.last_used_at;
  end loop;
end $$;

-- Ends the trust of a device that was last used before a time and not since, unless somebody holds its row.
create function vouch.delete_trusted_device(p_account_id uuid, p_secret_hash bytea, p_used_before timestamptz)
returns boolean language plpgsql as $$
begin
  perform from trusted_device d
    where d.account_id = p_account_id and d.secret_hash = p_secret_hash and d.last_used_at < p_used_before
    for update skip locked;
  if found then
    delete from trusted_device d where d.account_id = p_account_id and d.secret_hash = p_secret_hash;
    return true;
  end if;
  return false;
end $$;

-- Deletes a batch of the devices that are not trusted any more, from those last used at the time `p_from` on. Returns as
-- `delete_expired_sessions` does.
create function vouch.delete_old_devices(
  p_max int, p_from timestamptz, p_now timestamptz,
  out seen int, out deleted int, out until timestamptz
) language plpgsql as $$
declare
  v_used_before timestamptz := p_now - vouch.trust_life();
  e record;
begin
  seen := 0;
  deleted := 0;
  for e in
    select d.account_id, d.secret_hash, d.last_used_at from trusted_device d
      where d.last_used_at >= p_from and d.last_used_at < v_used_before order by d.last_used_at limit p_max
  loop
    seen := seen + 1;
    deleted := deleted + vouch.delete_trusted_device(e.account_id, e.secret_hash, v_used_before)::int;
    until := e.last_used_at;
  end loop;
end $$;
