-- Deletes a message, unless somebody holds its row.
create function vouch.delete_delivery(p_phone_number text, p_id uuid) returns boolean language plpgsql
set plan_cache_mode = force_generic_plan as $$
begin
  perform from delivery d where d.phone_number = p_phone_number and d.id = p_id for update skip locked;
  if found then
    delete from delivery d where d.phone_number = p_phone_number and d.id = p_id;
    return true;
  end if;
  return false;
end $$;

-- Deletes a batch of the messages that are older than some days, from the time `p_from` on. A day goes as a whole when it is
-- dropped, so this leaves its rows alone until the whole day is older. Returns how many rows it saw and deleted, and the
-- newest time among them.
create function vouch.delete_old_deliveries(
  p_max int, p_from timestamptz, p_keep_days float8, p_now timestamptz,
  out seen int, out deleted int, out until timestamptz
) language plpgsql set plan_cache_mode = force_custom_plan as $$
declare
  v_from uuid := vouch.least_id(p_from);
  v_before uuid := vouch.least_id(vouch.kept_from(p_keep_days, p_now));
  e record;
begin
  seen := 0;
  deleted := 0;
  for e in
    select d.phone_number, d.id, d.requested_at from delivery d
      where d.id >= v_from and d.id < v_before order by d.id limit p_max
  loop
    seen := seen + 1;
    deleted := deleted + vouch.delete_delivery(e.phone_number, e.id)::int;
    until := greatest(until, e.requested_at);
  end loop;
end $$;

-- The first day, in UTC, of which messages are kept.
create function vouch.kept_from(p_keep_days float8, p_now timestamptz) returns timestamptz language sql stable
return date_trunc('day', p_now - p_keep_days * interval '1 day', 'utc');
