-- Deletes a shard of a counter, unless somebody holds its row. The day of a row never changes.
create function vouch.delete_daily_count(p_day date, p_scope text, p_shard int) returns boolean language plpgsql as $$
begin
  perform from daily_count d where d.day = p_day and d.scope = p_scope and d.shard = p_shard for update skip locked;
  if found then
    delete from daily_count d where d.day = p_day and d.scope = p_scope and d.shard = p_shard;
    return true;
  end if;
  return false;
end $$;

-- Deletes a batch of the counters that are older than some UTC days, from the day of the time `p_from` on. Returns how
-- many rows it saw and deleted, and the beginning of the newest day among them.
create function vouch.delete_old_counts(
  p_max int, p_from timestamptz, p_keep_days int, p_now timestamptz,
  out seen int, out deleted int, out until timestamptz
) language plpgsql as $$
declare
  v_from date := p_from at time zone 'utc';
  v_before date := (p_now at time zone 'utc')::date - p_keep_days;
  e record;
begin
  seen := 0;
  deleted := 0;
  for e in
    select d.day, d.scope, d.shard from daily_count d
      where d.day >= v_from and d.day < v_before order by d.day limit p_max
  loop
    seen := seen + 1;
    deleted := deleted + vouch.delete_daily_count(e.day, e.scope, e.shard)::int;
    until := e.day::timestamp at time zone 'utc';
  end loop;
end $$;
