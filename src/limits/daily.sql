-- The maxima of a UTC day. A counter has a scope, as `messages:*`, its maximum, the cost of the message, and a typical
-- cost. A large maximum is spread over shards, so that requests do not wait for one row.

-- The default maximum of a day; null until it is computed.
create function vouch.read_daily_max(p_day date) returns bigint language plpgsql as $$
begin
  return (select d.amount from daily_count d where d.day = p_day and d.scope = 'default' and d.shard = 0);
end $$;

-- The messages of a day.
create function vouch.daily_messages(p_day date) returns bigint language plpgsql as $$
begin
  return (select coalesce(sum(d.amount), 0) from daily_count d where d.day = p_day and d.scope = 'messages:*');
end $$;

-- Keeps the default maximum of a day, unless there is one.
create function vouch.keep_daily_max(p_day date, p_max bigint) returns void language plpgsql as $$
begin
  insert into daily_count (day, scope, shard, amount) values (p_day, 'default', 0, p_max) on conflict do nothing;
end $$;

-- The default maximum of a day: ten times the median of the messages of 14 days, computed once. Composite.
create function vouch.default_daily_max(p_day date) returns bigint language plpgsql as $$
declare
  v_max bigint := vouch.read_daily_max(p_day);
begin
  if v_max is not null then
    return v_max;
  end if;
  select greatest(1000, ceil(10 * percentile_cont(0.5) within group (order by vouch.daily_messages(p_day - n)::float8)))
    into v_max from generate_series(1, 14) n;
  perform vouch.keep_daily_max(p_day, v_max);
  return v_max;
end $$;

-- A shard with room for the cost, at random, and its quota; null if the maximum is reached. A trusted device may go on
-- until twice the maximum. Locks nothing.
create function vouch.pick_daily_shard(
  p_day date, p_scope text, p_max bigint, p_cost bigint, p_typical_cost bigint, p_is_trusted boolean,
  out shard int, out quota bigint
) language plpgsql as $$
declare
  v_shards int := least(32, greatest(1, p_max / (250 * p_typical_cost)));
  v_times int := case when p_is_trusted then 2 else 1 end;
begin
  select s.shard, s.quota into shard, quota
    from (
      select n.shard, (p_max / v_shards + (n.shard < p_max % v_shards)::int) * v_times as quota
      from generate_series(0, v_shards - 1) as n (shard)
    ) s
    left join daily_count d on d.day = p_day and d.scope = p_scope and d.shard = s.shard
    where coalesce(d.amount, 0) + p_cost <= s.quota
    order by random() limit 1;
end $$;

-- Adds the cost to a shard, unless it would exceed the quota by now.
create function vouch.count_daily(p_day date, p_scope text, p_shard int, p_cost bigint, p_quota bigint)
returns boolean language plpgsql as $$
begin
  insert into daily_count as d (day, scope, shard, amount) values (p_day, p_scope, p_shard, p_cost)
    on conflict (day, scope, shard) do update set amount = d.amount + excluded.amount
    where d.amount + excluded.amount <= p_quota;
  return found;
end $$;

-- Finds a shard for each counter, in the order of their scopes; `full_scope` is the first without one.
create function vouch.pick_daily_shards(
  p_day date, p_counters json, p_is_trusted boolean, out shards int[], out quotas bigint[], out full_scope text
) language plpgsql as $$
declare
  c record;
  s record;
begin
  for c in select * from json_to_recordset(p_counters) as j (scope text, max bigint, cost bigint, "typicalCost" bigint)
    order by j.scope
  loop
    s := vouch.pick_daily_shard(
      p_day, c.scope, coalesce(c.max, vouch.default_daily_max(p_day)), c.cost, c."typicalCost", p_is_trusted);
    if s.shard is null then
      full_scope := c.scope;
      return;
    end if;
    shards := shards || s.shard;
    quotas := quotas || s.quota;
  end loop;
end $$;

-- Adds the message to the picked shards; returns the scope of the first that is full by now.
create function vouch.count_daily_message(p_day date, p_counters json, p_shards int[], p_quotas bigint[])
returns text language plpgsql as $$
declare
  c record;
  i int := 0;
begin
  for c in select * from json_to_recordset(p_counters) as j (scope text, cost bigint) order by j.scope loop
    i := i + 1;
    if not vouch.count_daily(p_day, c.scope, p_shards[i], c.cost, p_quotas[i]) then
      return c.scope;
    end if;
  end loop;
  return null;
end $$;
