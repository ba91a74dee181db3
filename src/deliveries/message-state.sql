-- The state of a message with its fallbacks, whose ids hold the same time; `state` is null for an unknown message. A message
-- whose code was used counts as sent, however it ended, so that the response does not reveal the use. `error` is the class
-- of the last error of a message that failed.
create function vouch.message_state(
  p_phone_number text, p_id uuid, p_now timestamptz, out now timestamptz, out state text, out error text
) language plpgsql set plan_cache_mode = force_custom_plan as $$
declare
  v_from uuid := substr(p_id::text, 1, 13) || '-0000-0000-000000000000';
  v_last uuid := substr(p_id::text, 1, 13) || '-ffff-ffff-ffffffffffff';
begin
  now := p_now;
  select case when last.completed_at is not null or last.state in ('accepted', 'delivered', 'unknown') then 'sent'
      when last.state = 'failed' or last.useful_until <= p_now then 'failed'
      when last.state = 'dropped' then 'sent' else 'sending' end, last.error into state, error
    from delivery first join delivery last on last.phone_number = p_phone_number
      and last.id >= v_from and last.id <= v_last
      and last.challenge_id = first.challenge_id and last.requested_at = first.requested_at
    where first.phone_number = p_phone_number and first.id = p_id order by last.attempt desc limit 1;
  if state is distinct from 'failed' then
    error := null;
  end if;
end $$;
