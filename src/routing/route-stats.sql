-- The outcomes of the newest messages of each route, at most `p_max` a route, of the last week: `p_routes` are objects of
-- `provider` and `country`. Unsent messages do not count, nor those that are younger than `p_maturity` seconds.
create function vouch.recent_outcomes(p_max int, p_routes json, p_maturity float8, p_now timestamptz)
returns table (provider text, country text, client_network text, requested_at timestamptz, is_repeat boolean, completed boolean)
language plpgsql set plan_cache_mode = force_custom_plan as $$
declare
  v_mature timestamptz := p_now - p_maturity * interval '1 s';
  v_from uuid := vouch.least_id(p_now, -7 * 86400);
  v_next uuid := vouch.next_id(p_now);
  r record;
begin
  for r in
    select * from json_to_recordset(p_routes) as w (provider text, country text)
  loop
    return query select d.provider, d.country, d.client_network, d.requested_at, d.is_repeat, d.completed_at is not null
      from delivery d
      where d.provider = r.provider and d.country = r.country and d.id >= v_from and d.id < v_next and d.sent_at is not null
        and d.requested_at < v_mature and (d.error is null or d.error = 'unknown' or d.accepted_at is not null)
        and (d.phone_number <> vouch.nobody() or d.completed_at is not null)
      order by d.requested_at desc limit p_max;
  end loop;
end $$;

-- Observes routes by their completions; see `readRouteStats`. Composite.
create function vouch.route_stats(
  p_routes json, p_maturity float8, p_window int, p_newest int, p_elsewhere int, p_now timestamptz
) returns table (provider text, country text, first text, "all" text) language plpgsql as $$
begin
  return query with recent as (
      select o.*, row_number() over (
          partition by o.provider, o.country, o.client_network, o.completed order by o.requested_at desc) as nth,
        count(*) filter (where o.completed) over (partition by o.provider, o.country, o.client_network) as by_network,
        count(*) filter (where o.completed) over (partition by o.provider, o.country) as by_way,
        count(*) filter (where o.completed) over (partition by o.country) as in_all
      from vouch.recent_outcomes(2 * p_window, p_routes, p_maturity, p_now) o),
    counted as (
      select r.*, row_number() over (partition by r.country, r.is_repeat order by r.requested_at desc) as in_country,
        row_number() over (partition by r.country, r.provider order by r.requested_at desc) as of_way
      from recent r where r.completed or r.client_network is null or r.nth <= 1 + r.by_network
        or (r.by_way = 0 and r.in_all >= p_elsewhere))
    select c.provider, c.country,
      string_agg(case when c.completed then '1' else '0' end, '' order by c.requested_at)
        filter (where c.in_country <= p_window and not c.is_repeat),
      string_agg(case when c.completed then '1' else '0' end, '' order by c.requested_at) filter (where c.of_way <= p_newest)
    from counted c group by c.provider, c.country;
end $$;
