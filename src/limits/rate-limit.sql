-- Leaky buckets (GCRA, ITU-T I.371). A request has one or several, in arrays of the same length: their keys, the names of
-- their limits and their quotas in a window of seconds. Every request takes its buckets in the same order.

-- The seconds until a bucket has a unit; 0 if it has one. Locks nothing.
create function vouch.bucket_wait(p_key text, p_quota int, p_window int, p_now timestamptz) returns float8
language plpgsql as $$
declare
  v_length interval := make_interval(secs => p_window);
  v_cost interval := make_interval(secs => p_window::float8 / p_quota);
  v_tat timestamptz;
begin
  select r.tat into v_tat from rate_limit r where r.key = p_key;
  return greatest(0, extract(epoch from v_tat + v_cost - p_now - v_length));
end $$;

-- The bucket that opens last, and the seconds until then: 0 if each has a unit left. Composite.
create function vouch.rate_limit_wait(
  p_keys text[], p_names text[], p_quotas int[], p_window int, p_now timestamptz,
  out limit_name text, out limit_wait float8
) language plpgsql as $$
declare
  v_wait float8;
begin
  for i in 1 .. cardinality(p_keys) loop
    v_wait := vouch.bucket_wait(p_keys[i], p_quotas[i], p_window, p_now);
    if limit_wait is null or v_wait > limit_wait then
      limit_name := p_names[i];
      limit_wait := v_wait;
    end if;
  end loop;
end $$;

-- Consumes a unit of each bucket, if none is empty; an outcome that does not count (`p_counts`) needs the units but leaves
-- them. Either way it locks the rows, so that concurrent requests see the consumption of those before them.
create function vouch.consume(
  p_keys text[], p_names text[], p_quotas int[], p_window int, p_counts boolean, p_now timestamptz,
  out is_allowed boolean, out limit_name text, out limit_wait float8
) language plpgsql as $$
declare
  w record := vouch.rate_limit_wait(p_keys, p_names, p_quotas, p_window, p_now);
  t record;
begin
  if w.limit_wait <= 0 then
    t := vouch.take_units(p_keys, p_names, p_quotas, p_window, p_counts, p_now);
    is_allowed := t.is_allowed;
    limit_name := coalesce(t.limit_name, w.limit_name);
    limit_wait := coalesce(t.limit_wait, w.limit_wait);
  else
    is_allowed := false;
    limit_name := w.limit_name;
    limit_wait := w.limit_wait;
  end if;
end $$;

-- The same without a look before: a bucket that is empty by now ends it, and is named. Composite.
create function vouch.take_units(
  p_keys text[], p_names text[], p_quotas int[], p_window int, p_counts boolean, p_now timestamptz,
  out is_allowed boolean, out limit_name text, out limit_wait float8
) language plpgsql as $$
begin
  is_allowed := true;
  for i in 1 .. cardinality(p_keys) loop
    limit_wait := vouch.take_unit(p_keys[i], p_quotas[i], p_window, p_counts, p_now);
    is_allowed := limit_wait is null;
    if not is_allowed then
      limit_name := p_names[i];
      return;
    end if;
  end loop;
end $$;

-- Consumes a unit of a bucket, or only needs it, and locks its row. Null, or the seconds until it has one.
create function vouch.take_unit(p_key text, p_quota int, p_window int, p_counts boolean, p_now timestamptz) returns float8
language plpgsql as $$
declare
  v_length interval := make_interval(secs => p_window);
  v_unit interval := make_interval(secs => p_window::float8 / p_quota);
  v_cost interval := case when p_counts then v_unit else interval '0' end;
  v_tat timestamptz;
begin
  select r.tat into v_tat from rate_limit r where r.key = p_key for update;
  if not found then
    v_tat := p_now + v_cost;
    insert into rate_limit (key, tat) values (p_key, v_tat) on conflict (key) do nothing;
    if found then
      return null;
    end if;
    -- another request made the bucket at the same moment
    select r.tat into v_tat from rate_limit r where r.key = p_key for update;
  end if;
  v_tat := greatest(v_tat, p_now);
  if v_tat + v_unit > p_now + v_length then
    return extract(epoch from v_tat + v_unit - p_now - v_length);
  end if;
  v_tat := v_tat + v_cost;
  update rate_limit r set tat = v_tat where r.key = p_key;
  return null;
end $$;
