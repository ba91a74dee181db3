-- Takes over messages that another process has abandoned, requested in the last `p_seconds`, those whose leases ended first.
-- Returns each as `take_over` does.
-- Another process is taking over those that somebody holds.
create function vouch.claim_abandoned(p_max int, p_seconds float8, p_now timestamptz) returns table (message json)
language plpgsql set plan_cache_mode = force_custom_plan as $$
declare
  v_from uuid := vouch.least_id(p_now, -p_seconds);
  v_next uuid := vouch.next_id(p_now);
  e record;
begin
  for e in
    select d.phone_number, d.id from delivery d
      where d.leased_until < p_now and d.id >= v_from and d.id < v_next order by d.leased_until limit p_max
  loop
    message := vouch.take_over(e.phone_number, e.id, p_now);
    if message is not null then
      return next;
    end if;
  end loop;
end $$;

-- Takes an abandoned message over under a new lease if it was never sent. One that is being sent for too long becomes
-- `unknown`, and is not sent again. Returns its new state as JSON, with the fields of `OutgoingMessage` and
-- `FinishedDelivery`; null if the lease is not over, or somebody holds the row.
create function vouch.take_over(p_phone_number text, p_id uuid, p_now timestamptz) returns json language plpgsql
set plan_cache_mode = force_custom_plan as $$
declare
  v_leased_until timestamptz := p_now + 2 * vouch.lease();
  v_state text;
  v_tried text[];
  v_from uuid;
  v_next uuid;
  e delivery%rowtype;
begin
  select d.* into e from delivery d
    where d.phone_number = p_phone_number and d.id = p_id and d.leased_until < p_now for update skip locked;
  if not found then
    return null;
  end if;
  if e.state = 'sending' then
    v_state := 'unknown';
    update delivery d set state = v_state, leased_until = null, error = 'unknown',
        reason = 'whoever sent it ended before it was known'
      where d.phone_number = p_phone_number and d.id = p_id;
  elsif e.useful_until <= p_now then
    v_state := 'dropped';
    update delivery d set state = v_state, leased_until = null, reason = 'too late for its code'
      where d.phone_number = p_phone_number and d.id = p_id;
  else
    v_state := 'waiting';
    update delivery d set leased_until = v_leased_until where d.phone_number = p_phone_number and d.id = p_id;
    v_from := vouch.least_id(e.requested_at, -vouch.challenge_window());
    v_next := vouch.least_id(e.requested_at, vouch.challenge_window());
    select array_agg(t.provider order by t.requested_at, t.attempt) into v_tried from delivery t
      where t.phone_number = p_phone_number and t.id >= v_from and t.id < v_next and t.challenge_id = e.challenge_id
        and t.id <> p_id;
  end if;
  return json_build_object('id', p_id, 'attempt', e.attempt, 'challengeId', e.challenge_id, 'keyId', e.key_id,
    'codeLength', e.code_length, 'phoneNumber', p_phone_number, 'country', e.country, 'language', e.language,
    'state', v_state, 'provider', e.provider, 'channel', e.channel,
    'expiresIn', extract(epoch from e.useful_until - p_now)::int, 'tried', coalesce(v_tried, '{}'));
end $$;
