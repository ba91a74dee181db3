-- The messages that wait or are being sent, by provider and state, as far as they were requested lately.
create function vouch.queued_messages(p_max int, p_now timestamptz)
returns table (provider text, state text, messages int) language plpgsql set plan_cache_mode = force_custom_plan as $$
declare
  v_from uuid := vouch.least_id(p_now, -12 * 3600);
  v_next uuid := vouch.next_id(p_now);
begin
  return query select d.provider, d.state::text, count(*)::int from delivery d
    where d.leased_until is not null and d.id >= v_from and d.id < v_next group by d.provider, d.state limit p_max;
end $$;
