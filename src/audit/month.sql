-- The months of `audit_event`, in UTC, each a partition that is dropped as a whole. The partitions are named here only.

-- The months that have a partition, each by its first day.
create function vouch.months_of_audit() returns setof date language plpgsql as $$
begin
  return query select to_date(right(c.relname, 6), 'YYYYMM') from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'audit_event'::regclass and c.relname ~ '^audit_event_\d{6}$' order by 1;
end $$;

-- Whether this role may add and drop partitions.
create function vouch.may_partition_audit(p_now timestamptz) returns boolean language plpgsql as $$
begin
  return (select pg_has_role(c.relowner, 'usage') and has_schema_privilege(c.relnamespace, 'create') from pg_class c
    where c.oid = 'audit_event'::regclass);
end $$;

-- The first day of the month of a time.
create function vouch.month_of(p_at timestamptz) returns date language sql immutable
  return date_trunc('month', p_at at time zone 'utc')::date;

-- The beginning of a month, and that of the next one.
create function vouch.start_of(p_month date) returns timestamptz language sql immutable
  return p_month::timestamp at time zone 'utc';
create function vouch.end_of(p_month date) returns timestamptz language sql immutable
  return (p_month + interval '1 month') at time zone 'utc';

-- The months whose partition is to be added, this one and the next ones.
create function vouch.months_to_add(p_months_ahead int, p_now timestamptz) returns table (month text) language plpgsql as $$
declare
  v_month date := vouch.month_of(p_now);
begin
  for n in 0 .. p_months_ahead loop
    if v_month not in (select * from vouch.months_of_audit()) then
      month := v_month::text;
      return next;
    end if;
    v_month := v_month + interval '1 month';
  end loop;
end $$;

-- The months that ended longer ago than the trail is kept: those with a partition, and those that have seals. Composite.
create function vouch.months_to_drop(p_max int, p_keep_days float8, p_now timestamptz) returns table (month text)
language plpgsql as $$
declare
  v_kept date := vouch.month_of(p_now - p_keep_days * interval '1 day');
begin
  return query select d::text from vouch.months_of_audit() d where d < v_kept
    union select d::text from vouch.sealed_months(p_max, v_kept) d;
end $$;

-- The months that have seals, before another one.
create function vouch.sealed_months(p_max int, p_before date) returns setof date language plpgsql as $$
begin
  return query select m.month from audit_month m where m.month < p_before order by m.month limit p_max;
end $$;

-- Lets one process after the other change the months, by an advisory lock whose key is an arbitrary number. From here on the
-- transaction waits for a lock for a moment only.
create function vouch.take_turn_of_months() returns void language plpgsql as $$
begin
  perform set_config('lock_timeout', '200ms', true);
  perform pg_advisory_xact_lock(7380271945);
end $$;

-- Adds the partition of a month. False if there is one, or if `audit_event_rest` has rows of the month, which cannot move, or
-- so many others that reading them under the lock would not be quick. Raises 55P03 if a lock is not there soon.
create function vouch.add_month(p_month date, p_now timestamptz) returns boolean language plpgsql as $$
declare
  v_name text := 'audit_event_' || to_char(p_month, 'YYYYMM');
  v_from timestamptz := vouch.start_of(p_month);
  v_next timestamptz := vouch.end_of(p_month);
begin
  perform vouch.take_turn_of_months();
  if p_month in (select * from vouch.months_of_audit()) or pg_relation_size('audit_event_rest') > vouch.max_rest() then
    return false;
  end if;
  -- an event that has chosen `audit_event_rest` already would be refused by it (23514) as soon as its month has a partition
  lock table only audit_event in share row exclusive mode;
  perform from audit_event_rest r where r.at >= v_from and r.at < v_next limit 1;
  if found then
    return false;
  end if;
  execute format('create table %I (like audit_event including all excluding identity)', v_name);
  execute format('alter table audit_event attach partition %I for values from (%L) to (%L)', v_name, v_from, v_next);
  return true;
exception when duplicate_table then
  -- a table of that name is no partition
  return false;
end $$;

-- Drops a month with all of its events and seals. Raises 55P03 as `add_month` does. Composite.
create function vouch.drop_month(p_month date, p_now timestamptz) returns boolean language plpgsql as $$
begin
  perform vouch.drop_audit_partition(p_month);
  perform vouch.delete_seals(p_month);
  return true;
end $$;

-- Drops the partition of a month, or deletes its events where it has none. The trigger allows it for this month.
create function vouch.drop_audit_partition(p_month date) returns void language plpgsql as $$
declare
  v_from timestamptz := vouch.start_of(p_month);
  v_next timestamptz := vouch.end_of(p_month);
begin
  perform vouch.take_turn_of_months();
  if p_month in (select * from vouch.months_of_audit()) then
    execute format('drop table %I', 'audit_event_' || to_char(p_month, 'YYYYMM'));
  end if;
  perform set_config('vouch_audit.dropped_month', to_char(p_month, 'YYYY-MM'), true);
  delete from audit_event_rest r where r.at >= v_from and r.at < v_next;
  perform set_config('vouch_audit.dropped_month', '', true);
end $$;
