-- Deletes a message, unless somebody holds its row.
create function vouch.delete_delivery(p_id uuid) returns boolean language plpgsql as $$
begin
  perform from delivery d where d.id = p_id for update skip locked;
  if found then
    delete from delivery d where d.id = p_id;
    return true;
  end if;
  return false;
end $$;

-- Deletes a batch of the messages that are older than some days, from the time `p_from` on. Returns how many rows it saw
-- and deleted, and the newest time among them.
create function vouch.delete_old_deliveries(
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
    select d.id, d.requested_at from delivery d where d.requested_at >= p_from and d.requested_at < v_before limit p_max
  loop
    seen := seen + 1;
    deleted := deleted + vouch.delete_delivery(e.id)::int;
    until := greatest(until, e.requested_at);
  end loop;
end $$;
