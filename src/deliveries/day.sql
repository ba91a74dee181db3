-- The days of `delivery`, in UTC, each a partition: docs/decisions/041-deliveries-by-day.md. The partitions are named here
-- only: no other statement depends on which days have one.

-- The days that have a partition.
create function vouch.days_of_deliveries() returns setof date language plpgsql as $$
begin
  return query select to_date(right(c.relname, 8), 'YYYYMMDD') from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'delivery'::regclass and c.relname ~ '^delivery_\d{8}$' order by 1;
end $$;

-- Whether this role may add and drop partitions.
create function vouch.may_partition(p_now timestamptz) returns boolean language plpgsql as $$
begin
  return (select pg_has_role(c.relowner, 'usage') and has_schema_privilege(c.relnamespace, 'create') from pg_class c
    where c.oid = 'delivery'::regclass);
end $$;

-- Adds the partition of a day. False if there is one, or if it would not be quick: `delivery_rest`, which has the ids outside
-- of all days, is read meanwhile under a lock that the plans of a sign-in wait for, and no row of the day may be in it. Waits
-- for locks for a moment only, since statements wait behind it: then it raises 55P03.
create function vouch.add_day(p_day date, p_now timestamptz) returns boolean language plpgsql as $$
declare
  v_name text := 'delivery_' || to_char(p_day, 'YYYYMMDD');
  v_from uuid := vouch.least_id(p_day::timestamp at time zone 'utc');
  v_next uuid := vouch.least_id((p_day + 1)::timestamp at time zone 'utc');
begin
  perform vouch.take_turn_of_days();
  if p_day in (select * from vouch.days_of_deliveries()) or pg_relation_size('delivery_rest') > vouch.max_rest() then
    return false;
  end if;
  -- a message that has chosen `delivery_rest` already would be refused by it (23514) as soon as its day has a partition
  lock table only delivery in share row exclusive mode;
  perform from delivery_rest d where d.id >= v_from and d.id < v_next limit 1;
  if found then
    return false;
  end if;
  execute format('create table %I (like delivery including all)', v_name);
  execute format('alter table delivery attach partition %I for values from (%L) to (%L)', v_name, v_from, v_next);
  return true;
exception when duplicate_table then
  -- a table of that name is no partition
  return false;
end $$;

-- The bytes of `delivery_rest` above which no partition is added.
create function vouch.max_rest() returns bigint language sql immutable return 64 * 1024 * 1024;

-- Lets one process after the other change the days, by an advisory lock whose key is an arbitrary number. From here on the
-- transaction waits for a lock for a moment only.
create function vouch.take_turn_of_days() returns void language plpgsql as $$
begin
  perform set_config('lock_timeout', '200ms', true);
  perform pg_advisory_xact_lock(7380271944);
end $$;

-- Drops the partition of a day with all of its messages. False if it is replicated and has any, since the copy would keep
-- them: those are deleted one by one. Raises 55P03 as `add_day` does.
create function vouch.drop_day(p_day date, p_now timestamptz) returns boolean language plpgsql as $$
declare
  v_name text := 'delivery_' || to_char(p_day, 'YYYYMMDD');
  v_has_rows boolean;
begin
  perform vouch.take_turn_of_days();
  if p_day not in (select * from vouch.days_of_deliveries()) then
    return false;
  end if;
  perform from pg_publication_tables t where t.schemaname = current_schema() and t.tablename in ('delivery', v_name);
  if found then
    execute format('select exists (select from %I)', v_name) into v_has_rows;
    if v_has_rows then
      return false;
    end if;
  end if;
  execute format('drop table %I', v_name);
  return true;
end $$;

-- The days whose partition is to be added, today's and the next ones, and those whose messages are all older than
-- `p_keep_days` (`is_over`).
create function vouch.days_to_change(p_days_ahead int, p_keep_days float8, p_now timestamptz)
returns table (day text, is_over boolean) language plpgsql as $$
declare
  v_today date := (p_now at time zone 'utc')::date;
  v_kept date := (vouch.kept_from(p_keep_days, p_now) at time zone 'utc')::date;
begin
  return query select (v_today + n)::text, false from generate_series(0, p_days_ahead) n
    where v_today + n not in (select * from vouch.days_of_deliveries());
  return query select d::text, true from vouch.days_of_deliveries() d where d < v_kept;
end $$;
