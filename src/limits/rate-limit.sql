-- Leaky buckets (GCRA, ITU-T I.371). A request has one or several, in arrays of the same length: their keys, the names of
-- their limits and their quotas in a window of seconds. Every request takes its buckets in the same order.

-- The bucket that opens last, and the seconds until then: 0 if each has a unit left. Locks nothing.
create function vouch.rate_limit_wait(
  p_keys text[], p_names text[], p_quotas int[], p_window int, p_now timestamptz,
  out limit_name text, out limit_wait float8
) language plpgsql as $$
declare
  v_length interval := make_interval(secs => p_window);
  v_cost interval;
  v_tat timestamptz;
  v_wait float8;
begin
  for i in 1 .. cardinality(p_keys) loop
    v_cost := make_interval(secs => p_window::float8 / p_quotas[i]);
    select r.tat into v_tat from rate_limit r where r.key = p_keys[i];
    v_wait := greatest(0, extract(epoch from v_tat + v_cost - p_now - v_length));
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

-- The same without a look before: a bucket that is empty by now ends it, and is named.
create function vouch.take_units(
  p_keys text[], p_names text[], p_quotas int[], p_window int, p_counts boolean, p_now timestamptz,
  out is_allowed boolean, out limit_name text, out limit_wait float8
) language plpgsql as $$
declare
  v_length interval := make_interval(secs => p_window);
  v_unit interval;
  v_cost interval;
  v_tat timestamptz;
begin
  is_allowed := true;
  for i in 1 .. cardinality(p_keys) loop
    v_unit := make_interval(secs => p_window::float8 / p_quotas[i]);
    v_cost := case when p_counts then v_unit else interval '0' end;
    select r.tat into v_tat from rate_limit r where r.key = p_keys[i] for update;
    if not found then
      v_tat := p_now + v_cost;
      insert into rate_limit (key, tat) values (p_keys[i], v_tat) on conflict (key) do nothing;
      continue when found;
      -- another request made the bucket at the same moment
      select r.tat into v_tat from rate_limit r where r.key = p_keys[i] for update;
    end if;
    v_tat := greatest(v_tat, p_now);
    is_allowed := v_tat + v_unit <= p_now + v_length;
    if not is_allowed then
      limit_name := p_names[i];
      limit_wait := extract(epoch from v_tat + v_unit - p_now - v_length);
      return;
    end if;
    v_tat := v_tat + v_cost;
    update rate_limit r set tat = v_tat where r.key = p_keys[i];
  end loop;
end $$;
