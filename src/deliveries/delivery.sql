-- With less time left a code is not sent any more, and a waiting message is leased to its process for a while:
-- src/deliveries/delivery.ts.
create function vouch.min_useful() returns interval language sql immutable return interval '30 s';
create function vouch.lease() returns interval language sql immutable return interval '3 s';
create function vouch.sending_lease() returns interval language sql immutable return interval '15 s';

-- The time at which the undelivered message of a challenge was requested, whose pause does not hold. A used code has stopped
-- its fallbacks, so its failure lifts no pause: the response would reveal the use.
create function vouch.undelivered_at(p_phone_number text, p_challenge_id uuid, p_now timestamptz) returns timestamptz
language plpgsql as $$
declare
  v_hour_ago timestamptz := p_now - interval '1 hour';
  v_requested_at timestamptz;
begin
  select max(d.requested_at) into v_requested_at from delivery d
    where d.phone_number = p_phone_number and d.challenge_id = p_challenge_id
      and d.requested_at > v_hour_ago and d.completed_at is null
      and (d.state in ('failed', 'unknown') or (d.state = 'sending' and d.leased_until < p_now))
      and not exists (select from delivery later
        where later.phone_number = p_phone_number and later.challenge_id = d.challenge_id
          and (later.requested_at, later.attempt) > (d.requested_at, d.attempt));
  return v_requested_at;
end $$;

-- The providers tried for any of these challenges of a number, oldest first, separated by commas; null if there are none.
create function vouch.tried_providers(p_phone_number text, p_challenge_ids uuid[]) returns text language plpgsql as $$
declare
  v_tried text;
begin
  select string_agg(d.provider, ',' order by d.requested_at, d.attempt) into v_tried from delivery d
    where d.phone_number = p_phone_number and d.challenge_id = any(p_challenge_ids);
  return v_tried;
end $$;

-- Records a message of a challenge under a lease of this process, or as dropped if there is a reason not to send it.
-- `p_delivery` holds the fields of a `NewDelivery`. The first message of a challenge (`p_is_first`) repeats none. With an
-- attempt (`p_attempt`, the fields of an `Attempt`) it is being sent from the commit on.
create function vouch.insert_delivery(
  p_phone_number text, p_challenge_id uuid, p_key_id text, p_code_length smallint, p_expires_at timestamptz,
  p_delivery json, p_attempt json, p_is_first boolean, p_now timestamptz
) returns void language plpgsql as $$
declare
  v_dropped text := p_delivery ->> 'dropped';
  v_useful_until timestamptz := p_expires_at - vouch.min_useful();
  v_state text := case when v_dropped is not null then 'dropped' when p_attempt is null then 'waiting' else 'sending' end;
  v_sent_at timestamptz := case v_state when 'sending' then p_now end;
  v_leased_until timestamptz := case v_state
    when 'sending' then p_now + vouch.sending_lease() when 'waiting' then p_now + vouch.lease() end;
  v_is_repeat boolean := false;
begin
  if not p_is_first then
    perform from delivery d where d.phone_number = p_phone_number and d.challenge_id = p_challenge_id;
    v_is_repeat := found;
  end if;
  insert into delivery (id, attempt, challenge_id, key_id, code_length, phone_number, country, prefix, language, state,
      channel, provider, segments, price, currency, client_network, requested_at, useful_until, leased_until, sent_at,
      reason, is_repeat)
    values ((p_delivery ->> 'id')::uuid, 1, p_challenge_id, p_key_id, p_code_length, p_phone_number,
      p_delivery ->> 'country', p_delivery ->> 'prefix', p_delivery ->> 'language', v_state,
      coalesce(p_attempt ->> 'channel', p_delivery ->> 'channel'), coalesce(p_attempt ->> 'provider', p_delivery ->> 'provider'),
      (p_attempt ->> 'segments')::smallint, (p_attempt ->> 'price')::bigint, p_attempt ->> 'currency',
      p_delivery ->> 'clientNetwork', p_now, v_useful_until, v_leased_until, v_sent_at, v_dropped,
      v_is_repeat);
end $$;

-- Completes a used challenge, credited to the newest message that had left; waiting ones are dropped. Returns the messages
-- that it has ended as a JSON array of `FinishedDelivery`, null if there are none.
create function vouch.complete_deliveries(p_phone_number text, p_challenge_id uuid, p_now timestamptz) returns json
language plpgsql as $$
declare
  v_credited uuid;
  v_finished json[];
  e record;
begin
  select l.id into v_credited from delivery l
    where l.phone_number = p_phone_number and l.challenge_id = p_challenge_id
      and l.state in ('sending', 'accepted', 'delivered', 'unknown')
    order by l.requested_at desc, l.attempt desc limit 1;
  for e in
    update delivery d set
        completed_at = case when d.state <> 'waiting' then p_now end,
        state = case when d.state = 'waiting' then 'dropped' else d.state end,
        leased_until = case when d.state = 'waiting' then null else d.leased_until end,
        reason = case when d.state = 'waiting' then 'its challenge was over' else d.reason end
      where d.phone_number = p_phone_number and d.challenge_id = p_challenge_id
        and (d.state = 'waiting' or d.id = v_credited)
      returning d.country, d.channel, d.provider, d.completed_at, d.sent_at
  loop
    v_finished := v_finished || json_build_object('country', e.country, 'channel', e.channel, 'provider', e.provider,
      'end', case when e.completed_at is null then 'dropped' else 'completed' end,
      'seconds', extract(epoch from e.completed_at - e.sent_at)::float8);
  end loop;
  return case when v_finished is not null then array_to_json(v_finished) end;
end $$;

-- Removes an erased person from their messages; waiting ones are dropped.
create function vouch.anonymize_deliveries(p_phone_number text) returns void language plpgsql as $$
begin
  update delivery d set phone_number = null, client_network = null,
      state = case when d.state = 'waiting' then 'dropped' else d.state end,
      leased_until = case when d.state = 'waiting' then null else d.leased_until end
    where d.phone_number = p_phone_number;
end $$;
