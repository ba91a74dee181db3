-- Deletes an event, unless somebody holds its row.
create function vouch.delete_event(p_account_id uuid, p_at timestamptz, p_id bigint) returns boolean language plpgsql as $$
begin
  perform from audit_event a where a.account_id = p_account_id and a.at = p_at and a.id = p_id for update skip locked;
  if found then
    delete from audit_event a where a.account_id = p_account_id and a.at = p_at and a.id = p_id;
    return true;
  end if;
  return false;
end $$;

-- Deletes a batch of the events that are older than some days, from the time `p_from` on. Returns how many rows it saw and
-- deleted, and the newest time among them.
create function vouch.delete_old_events(
  p_max int, p_from timestamptz, p_keep_days float8, p_now timestamptz,
  out seen int, out deleted int, out until timestamptz
) language plpgsql as $$
declare
  v_before timestamptz := p_now - p_keep_days * interval '1 day';
  e record;
begin
  seen := 0;
  deleted := 0;
  for e in
    select a.account_id, a.at, a.id from audit_event a where a.at >= p_from and a.at < v_before order by a.at limit p_max
  loop
    seen := seen + 1;
    deleted := deleted + vouch.delete_event(e.account_id, e.at, e.id)::int;
    until := e.at;
  end loop;
end $$;
