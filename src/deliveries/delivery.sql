-- With less time left a code is not sent any more, and a waiting message is leased to its process for a while:
-- src/deliveries/delivery.ts.
create function vouch.min_useful() returns interval language sql immutable return interval '30 s';
create function vouch.lease() returns interval language sql immutable return interval '3 s';
create function vouch.sending_lease() returns interval language sql immutable return interval '15 s';

-- The time at which the undelivered message of a challenge was requested, whose pause does not hold. A used code has stopped
-- its fallbacks, so its failure lifts no pause: the response would reveal the use.
create function vouch.undelivered_at(p_phone_number text, p_challenge_id uuid, p_now timestamptz) returns timestamptz
language plpgsql
set plan_cache_mode = force_custom_plan as $$
declare
  v_from uuid := vouch.least_id(p_now, -vouch.challenge_window());
  v_next uuid := vouch.next_id(p_now);
  v_requested_at timestamptz;
begin
  select max(d.requested_at) into v_requested_at from delivery d
    where d.phone_number = p_phone_number and d.id >= v_from and d.id < v_next and d.challenge_id = p_challenge_id
      and d.completed_at is null
      and (d.state in ('failed', 'unknown') or (d.state = 'sending' and d.leased_until < p_now))
      and not exists (select from delivery later
        where later.phone_number = p_phone_number and later.id >= v_from and later.id < v_next
          and later.challenge_id = d.challenge_id
          and (later.requested_at, later.attempt) > (d.requested_at, d.attempt));
  return v_requested_at;
end $$;

-- The providers tried for any of these challenges of a number, oldest first, separated by commas; null if there are none.
create function vouch.tried_providers(p_phone_number text, p_challenge_ids uuid[], p_now timestamptz) returns text language plpgsql
set plan_cache_mode = force_custom_plan as $$
declare
  v_from uuid := vouch.least_id(p_now, -vouch.challenge_window());
  v_next uuid := vouch.next_id(p_now);
  v_tried text;
begin
  select string_agg(d.provider, ',' order by d.requested_at, d.attempt) into v_tried from delivery d
    where d.phone_number = p_phone_number and d.id >= v_from and d.id < v_next
      and d.challenge_id = any(p_challenge_ids);
  return v_tried;
end $$;

-- Whether a challenge of a number has a message.
create function vouch.has_delivery(p_phone_number text, p_challenge_id uuid, p_now timestamptz) returns boolean language plpgsql
set plan_cache_mode = force_custom_plan as $$
declare
  v_from uuid := vouch.least_id(p_now, -vouch.challenge_window());
  v_next uuid := vouch.next_id(p_now);
begin
  perform from delivery d
    where d.phone_number = p_phone_number and d.id >= v_from and d.id < v_next and d.challenge_id = p_challenge_id;
  return found;
end $$;

-- Records a message of a challenge under a lease of this process, or as dropped if there is a reason not to send it.
-- `p_delivery` holds the fields of a `NewDelivery`. The first message of a challenge (`p_is_first`) repeats none. With an
-- attempt (`p_attempt`, the fields of an `Attempt`) it is being sent from the commit on. Returns its id: of that in
-- `p_delivery` only the random bits stay.
create function vouch.insert_delivery(
  p_phone_number text, p_challenge_id uuid, p_key_id text, p_code_length smallint, p_expires_at timestamptz,
  p_delivery json, p_attempt json, p_is_first boolean, p_now timestamptz
) returns uuid language plpgsql as $$
declare
  v_id uuid := vouch.id_at((p_delivery ->> 'id')::uuid, p_now);
  v_dropped text := p_delivery ->> 'dropped';
  v_useful_until timestamptz := p_expires_at - vouch.min_useful();
  v_state text := case when v_dropped is not null then 'dropped' when p_attempt is null then 'waiting' else 'sending' end;
  v_sent_at timestamptz := case v_state when 'sending' then p_now end;
  v_leased_until timestamptz := case v_state
    when 'sending' then p_now + vouch.sending_lease() when 'waiting' then p_now + vouch.lease() end;
  v_is_repeat boolean := case when p_is_first then false
    else vouch.has_delivery(p_phone_number, p_challenge_id, p_now) end;
begin
  insert into delivery (id, attempt, challenge_id, key_id, code_length, phone_number, country, prefix, language, state,
      channel, provider, segments, price, currency, client_network, requested_at, useful_until, leased_until, sent_at,
      reason, is_repeat)
    values (v_id, 1, p_challenge_id, p_key_id, p_code_length, p_phone_number,
      p_delivery ->> 'country', p_delivery ->> 'prefix', p_delivery ->> 'language', v_state,
      coalesce(p_attempt ->> 'channel', p_delivery ->> 'channel'), coalesce(p_attempt ->> 'provider', p_delivery ->> 'provider'),
      (p_attempt ->> 'segments')::smallint, (p_attempt ->> 'price')::bigint, p_attempt ->> 'currency',
      p_delivery ->> 'clientNetwork', p_now, v_useful_until, v_leased_until, v_sent_at, v_dropped,
      v_is_repeat);
  return v_id;
end $$;

-- Completes the only message that was requested for a used challenge, if no fallback followed it: none does while it is being
-- sent, or once it was accepted. Returns its `FinishedDelivery`, null if it is not so.
create function vouch.complete_only_delivery(p_phone_number text, p_id uuid, p_now timestamptz) returns json
language plpgsql set plan_cache_mode = force_generic_plan as $$
declare
  v_finished json;
begin
  update delivery d set completed_at = p_now
    where d.phone_number = p_phone_number and d.id = p_id
      and (d.state = 'sending' or (d.state in ('accepted', 'delivered') and d.accepted_at is not null))
    returning json_build_object('country', d.country, 'channel', d.channel, 'provider', d.provider, 'end', 'completed',
      'seconds', extract(epoch from p_now - d.sent_at)::float8) into v_finished;
  return v_finished;
end $$;

-- Completes a used challenge, credited to the newest message that had left; those that wait are dropped. `p_only_id` is that
-- of the only message requested for it, which one look finds; null if there were several. Returns the messages that it has
-- ended as a JSON array of `FinishedDelivery`, null if there are none.
create function vouch.complete_deliveries(p_phone_number text, p_challenge_id uuid, p_only_id uuid, p_now timestamptz)
returns json language plpgsql as $$
declare
  v_only json := case when p_only_id is not null then vouch.complete_only_delivery(p_phone_number, p_only_id, p_now) end;
begin
  return case when v_only is not null then json_build_array(v_only)
    else vouch.complete_all_deliveries(p_phone_number, p_challenge_id, p_now) end;
end $$;

-- The same for a challenge with several messages.
create function vouch.complete_all_deliveries(p_phone_number text, p_challenge_id uuid, p_now timestamptz) returns json
language plpgsql set plan_cache_mode = force_generic_plan as $$
declare
  v_is_credited boolean := false;
  v_finished json[];
  v_one json;
  m record;
begin
  for m in select d.id, d.state = 'waiting' as is_waiting from delivery d
    where d.phone_number = p_phone_number
      and d.id >= vouch.least_id(p_now, -vouch.challenge_window()) and d.id < vouch.next_id(p_now)
      and d.challenge_id = p_challenge_id and d.state in ('waiting', 'sending', 'accepted', 'delivered', 'unknown')
    order by d.requested_at desc, d.attempt desc
  loop
    continue when v_is_credited and not m.is_waiting;
    v_is_credited := v_is_credited or not m.is_waiting;
    -- a message that waited may have left meanwhile
    update delivery d set
        completed_at = case when not m.is_waiting then p_now end,
        state = case when m.is_waiting then 'dropped' else d.state end,
        leased_until = case when not m.is_waiting then d.leased_until end,
        reason = case when m.is_waiting then 'its challenge was over' else d.reason end
      where d.phone_number = p_phone_number and d.id = m.id and (not m.is_waiting or d.state = 'waiting')
      returning json_build_object('country', d.country, 'channel', d.channel, 'provider', d.provider,
        'end', case when d.completed_at is null then 'dropped' else 'completed' end,
        'seconds', extract(epoch from d.completed_at - d.sent_at)::float8) into v_one;
    if v_one is not null then
      v_finished := array_append(v_finished, v_one);
    end if;
  end loop;
  return array_to_json(v_finished);
end $$;

-- The number in the messages of all people who are erased.
create function vouch.nobody() returns text language sql immutable return '';

-- Takes all messages of a number out, as a JSON array of rows; null if there are none. It finds all that there are, so its ids
-- have no bounds.
create function vouch.take_deliveries(p_phone_number text) returns json language plpgsql
set plan_cache_mode = force_custom_plan as $$
declare
  v_taken json[];
  e delivery%rowtype;
begin
  for e in delete from delivery d where d.phone_number = p_phone_number returning d.* loop
    v_taken := array_append(v_taken, row_to_json(e));
  end loop;
  return array_to_json(v_taken);
end $$;

-- Puts messages in under another number and without a client network; waiting ones are dropped.
create function vouch.put_deliveries(p_phone_number text, p_taken json) returns void language plpgsql as $$
declare
  e delivery%rowtype;
begin
  for e in select * from json_populate_recordset(null::delivery, p_taken) loop
    e.phone_number := p_phone_number;
    e.client_network := null;
    if e.state = 'waiting' then
      e.state := 'dropped';
      e.leased_until := null;
    end if;
    insert into delivery values (e.*);
  end loop;
end $$;

-- Removes an erased person from their messages. Composite.
create function vouch.anonymize_deliveries(p_phone_number text) returns void language plpgsql as $$
declare
  v_taken json := vouch.take_deliveries(p_phone_number);
  v_reference text;
  e json;
begin
  perform vouch.forget_webhook_number(p_phone_number);
  if v_taken is null then
    return;
  end if;
  perform vouch.put_deliveries(vouch.nobody(), v_taken);
  for e in select * from json_array_elements(v_taken) loop
    v_reference := e ->> 'reference';
    continue when v_reference is null;
    perform vouch.renumber_reference(v_reference, e ->> 'provider', (e ->> 'id')::uuid, vouch.nobody());
  end loop;
end $$;
