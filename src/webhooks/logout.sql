-- Notices of ended sessions for apps (OpenID Connect Back-Channel Logout 1.0), queued in the transaction that seals the end.

-- Notes the app that gets a notice when a session ends, and the id by which the app knows the session.
create function vouch.insert_logout_notice(
  p_id uuid, p_account_id uuid, p_client_id text, p_sid text, p_life_seconds float8, p_now timestamptz
) returns void language plpgsql as $$
declare
  v_expires_at timestamptz := p_now + make_interval(secs => p_life_seconds);
begin
  insert into logout_notice as n (id, account_id, client_id, sid, expires_at)
    values (p_id, p_account_id, p_client_id, p_sid, v_expires_at) on conflict (id) do update set sid = p_sid;
end $$;

-- Queues the notice of a session that has ended, if an app asks for one.
create function vouch.queue_logout(p_id uuid, p_now timestamptz) returns void language plpgsql as $$
begin
  update logout_notice n set next_at = p_now where n.id = p_id and n.next_at is null;
end $$;

-- Queues the notices of sessions that have ended, by their ids in a JSON array. Composite.
create function vouch.queue_logouts(p_ended json, p_now timestamptz) returns void language plpgsql as $$
declare
  v_ids uuid[] := array(select json_array_elements_text(p_ended)::uuid);
begin
  for i in 1 .. cardinality(v_ids) loop
    perform vouch.queue_logout(v_ids[i], p_now);
  end loop;
end $$;

-- The notices that are due, of apps that are not busy.
create function vouch.due_logouts(p_max int, p_busy text[], p_now timestamptz) returns setof uuid language plpgsql as $$
begin
  return query select n.id from logout_notice n
    where n.next_at <= p_now and not (n.client_id = any(p_busy)) order by n.next_at limit p_max;
end $$;

-- Leases a notice, unless another worker has it.
create function vouch.lease_logout(p_id uuid, p_lease_seconds float8, p_now timestamptz) returns setof logout_notice
language plpgsql as $$
declare
  v_until timestamptz := p_now + make_interval(secs => p_lease_seconds);
begin
  perform from logout_notice n where n.id = p_id and n.next_at <= p_now for update skip locked;
  if found then
    return query update logout_notice n set next_at = v_until where n.id = p_id returning n.*;
  end if;
end $$;

-- Leases due notices for a worker. Its columns are named here, since a composite stays where the tables of its callees are not.
-- Composite.
create function vouch.claim_logouts(p_max int, p_busy text[], p_lease_seconds float8, p_now timestamptz)
returns table (
  id uuid, account_id uuid, client_id text, sid text, expires_at timestamptz, retries int, next_at timestamptz
) language plpgsql as $$
declare
  v_id uuid;
begin
  for v_id in select * from vouch.due_logouts(p_max, p_busy, p_now) loop
    return query select * from vouch.lease_logout(v_id, p_lease_seconds, p_now);
  end loop;
end $$;

-- Lets a notice wait for its next attempt.
create function vouch.retry_logout(p_id uuid, p_retry_seconds float8, p_now timestamptz) returns void language plpgsql as $$
declare
  v_next_at timestamptz := p_now + make_interval(secs => p_retry_seconds);
begin
  update logout_notice n set retries = n.retries + 1, next_at = v_next_at where n.id = p_id;
end $$;

-- Deletes a notice: it was delivered, or no attempt follows.
create function vouch.delete_logout_notice(p_id uuid, p_now timestamptz) returns void language plpgsql as $$
begin
  delete from logout_notice n where n.id = p_id;
end $$;

-- Deletes the notice of a session that has expired by itself, unless somebody holds its row.
create function vouch.delete_expired_logout(p_id uuid, p_now timestamptz) returns boolean language plpgsql as $$
begin
  perform from logout_notice n where n.id = p_id and n.expires_at < p_now for update skip locked;
  if found then
    delete from logout_notice n where n.id = p_id;
    return true;
  end if;
  return false;
end $$;

-- Deletes a batch of such notices, from those that ended at the time `p_from` on. Returns how many rows it saw and deleted, and
-- the newest time among them.
create function vouch.delete_expired_logouts(
  p_max int, p_from timestamptz, p_now timestamptz, out seen int, out deleted int, out until timestamptz
) language plpgsql as $$
declare
  e record;
begin
  seen := 0;
  deleted := 0;
  for e in
    select n.id, n.expires_at from logout_notice n
      where n.expires_at >= p_from and n.expires_at < p_now order by n.expires_at limit p_max
  loop
    seen := seen + 1;
    deleted := deleted + vouch.delete_expired_logout(e.id, p_now)::int;
    until := e.expires_at;
  end loop;
end $$;
