-- The messages to a number that are kept, newest first, as a JSON array of `MessageRow`.
create function vouch.messages_to(p_phone_number text, p_keep_days float8, p_now timestamptz) returns json language plpgsql
set plan_cache_mode = force_custom_plan as $$
declare
  v_from uuid := vouch.least_id(vouch.kept_from(p_keep_days, p_now));
  v_next uuid := vouch.next_id(p_now);
  v_messages json;
begin
  select json_agg(m) into v_messages from (
    select d.requested_at, d.sent_at, d.delivered_at, d.channel, d.state from delivery d
      where d.phone_number = p_phone_number and d.id >= v_from and d.id < v_next
      order by d.requested_at desc, d.attempt desc) m;
  return coalesce(v_messages, '[]');
end $$;
