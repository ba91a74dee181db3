-- Attempts to send messages, in batches: arrays of the same length, one entry for each attempt.
--
-- The plan of a statement on `delivery` is chosen here, not by PostgreSQL. In a sign-in it is generic: it knows all
-- partitions, opens those of the values, and is made once. Elsewhere it is made for each call, for the partitions of the
-- values: a plan for all takes some 250 kB of each connection. The reasons and figures are in
-- docs/decisions/041-deliveries-by-day.md.

-- Marks waiting messages as being sent, or as dropped when they are too late for their code. Returns those that it marked:
-- the others belong to another process, or their challenge has ended.
create function vouch.start_attempts(
  p_phone_numbers text[], p_ids uuid[], p_providers text[], p_channels text[], p_segments smallint[], p_prices bigint[],
  p_currencies text[], p_now timestamptz
) returns table (id uuid, state text) language plpgsql
set plan_cache_mode = force_custom_plan as $$
declare
  v_leased_until timestamptz := p_now + vouch.sending_lease();
begin
  for i in 1 .. cardinality(p_ids) loop
    update delivery d set
        state = case when d.useful_until > p_now then 'sending' else 'dropped' end,
        reason = case when d.useful_until > p_now then d.reason else 'too late for its code' end,
        leased_until = case when d.useful_until > p_now then v_leased_until end,
        sent_at = case when d.useful_until > p_now then p_now end,
        provider = p_providers[i], channel = p_channels[i], segments = p_segments[i], price = p_prices[i],
        currency = p_currencies[i]
      where d.phone_number = p_phone_numbers[i] and d.id = p_ids[i] and d.state = 'waiting'
      returning d.id, d.state into id, state;
    if found then
      return next;
    end if;
  end loop;
end $$;

-- Records the outcome of an attempt; returns columns of its message, null if it is settled already or its person is
-- erased.
create function vouch.finish_attempt(
  p_phone_number text, p_id uuid, p_state text, p_reference text, p_segments smallint, p_error text, p_reason text,
  p_now timestamptz,
  out id uuid, out country text, out channel text, out provider text, out useful_until timestamptz, out completed_at timestamptz
) language plpgsql set plan_cache_mode = force_generic_plan as $$
begin
  update delivery d set state = p_state, leased_until = null, reference = p_reference, error = p_error, reason = p_reason,
      segments = coalesce(p_segments, d.segments), accepted_at = case when p_state = 'accepted' then p_now end,
      failed_at = case when p_state = 'failed' then p_now end
    where d.phone_number = p_phone_number and d.id = p_id and d.state in ('sending', 'unknown')
    returning d.id, d.country, d.channel, d.provider, d.useful_until, d.completed_at
    into id, country, channel, provider, useful_until, completed_at;
end $$;

-- Records the attempt that follows a failed one, as being sent.
create function vouch.insert_fallback(
  p_phone_number text, p_failed_id uuid, p_id uuid, p_provider text, p_channel text, p_segments smallint, p_price bigint,
  p_currency text, p_now timestamptz
) returns void language plpgsql set plan_cache_mode = force_custom_plan as $$
declare
  v_leased_until timestamptz := p_now + vouch.sending_lease();
  e delivery%rowtype;
begin
  select d.* into e from delivery d where d.phone_number = p_phone_number and d.id = p_failed_id;
  insert into delivery (id, attempt, challenge_id, key_id, code_length, phone_number, country, prefix, language, state,
      channel, provider, segments, price, currency, client_network, requested_at, useful_until, leased_until, sent_at,
      is_repeat)
    values (p_id, e.attempt + 1, e.challenge_id, e.key_id, e.code_length, p_phone_number, e.country, e.prefix, e.language,
      'sending', p_channel, p_provider, p_segments, p_price, p_currency, e.client_network, e.requested_at, e.useful_until,
      v_leased_until, p_now, e.is_repeat);
end $$;

-- Records the outcomes of attempts together with the attempts that follow; returns the ids of those that may be made. A
-- message that was given up as unknown meanwhile gets its outcome after all; an earlier receipt stays. Outcomes alone commit
-- asynchronously: the row of one that a crash of the server loses becomes `unknown`, which is true. The row of an attempt
-- that follows has to be on disk before its message goes out. Composite.
create function vouch.finish_attempts(
  p_phone_numbers text[], p_ids uuid[], p_states text[], p_references text[], p_sent_segments smallint[], p_errors text[],
  p_reasons text[], p_next_ids uuid[], p_providers text[], p_channels text[], p_segments smallint[], p_prices bigint[],
  p_currencies text[], p_now timestamptz
) returns table (id uuid) language plpgsql as $$
declare
  v_wants_messages boolean := vouch.wants_messages(1);
  e record;
begin
  if num_nonnulls(variadic p_next_ids) = 0 then
    perform set_config('synchronous_commit', 'off', true);
  end if;
  for i in 1 .. cardinality(p_ids) loop
    e := vouch.finish_attempt(
      p_phone_numbers[i], p_ids[i], p_states[i], p_references[i], p_sent_segments[i], p_errors[i], p_reasons[i], p_now);
    continue when e.id is null;
    if p_references[i] is not null then
      perform vouch.insert_reference(p_references[i], e.provider, p_phone_numbers[i], p_ids[i], p_now);
    end if;
    if p_next_ids[i] is not null and e.useful_until > p_now and e.completed_at is null then
      perform vouch.insert_fallback(p_phone_numbers[i], p_ids[i], p_next_ids[i], p_providers[i], p_channels[i],
        p_segments[i], p_prices[i], p_currencies[i], p_now);
      id := p_next_ids[i];
      return next;
    elsif v_wants_messages and p_states[i] in ('accepted', 'failed') then
      perform vouch.insert_message_event(p_phone_numbers[i], p_ids[i],
        case p_states[i] when 'accepted' then 'sent' else 'failed' end, e.country, e.channel, e.provider, p_now);
    end if;
  end loop;
end $$;
