-- A code lives this long, and a request with less time left opens a new challenge: src/sign-in/challenge.ts.
create function vouch.code_life() returns interval language sql immutable return interval '600 s';
create function vouch.min_reuse() returns interval language sql immutable return interval '120 s';

-- The seconds until a number may get another message, from the times of its messages, newest first; null for a window
-- that is not full. No pause is longer than its rule, even after a request that began later and was faster.
create function vouch.message_waits(
  p_sent_at timestamptz[], p_now timestamptz, out pause_wait float8, out hour_wait float8, out day_wait float8
) language plpgsql immutable as $$
declare
  v_hour_ago timestamptz := p_now - interval '1 hour';
  v_pause interval := case
    when p_sent_at[3] > v_hour_ago then vouch.later_pause()
    when p_sent_at[2] > v_hour_ago then vouch.second_pause()
    else vouch.first_pause() end;
begin
  pause_wait := extract(epoch from least(p_sent_at[1] - p_now + v_pause, v_pause));
  hour_wait := extract(epoch from p_sent_at[vouch.max_messages_an_hour()] - p_now + interval '1 hour');
  day_wait := extract(epoch from p_sent_at[vouch.max_messages_a_day()] - p_now + interval '1 day');
end $$;

-- The same for the challenge of a number: nulls if there is none. The pause does not hold after a message that is known not
-- to have arrived, and a test number has none of these limits. With `p_locks` the row is locked, so that of several concurrent
-- requests one counts; a request that is refused anyway locks nothing.
create function vouch.challenge_waits(
  p_phone_number text, p_device_trust text, p_locks boolean, p_is_test boolean, p_now timestamptz,
  out pause_wait float8, out hour_wait float8, out day_wait float8, out is_free boolean
) language plpgsql as $$
declare
  v_sent_at timestamptz[];
  w record;
begin
  is_free := true;
  if p_is_test then
    return;
  end if;
  if p_locks then
    select c.sent_at into v_sent_at from challenge c
      where c.phone_number = p_phone_number and c.device_trust = p_device_trust for update;
  else
    select c.sent_at into v_sent_at from challenge c
      where c.phone_number = p_phone_number and c.device_trust = p_device_trust;
  end if;
  if found then
    w := vouch.message_waits(v_sent_at, p_now);
    pause_wait := w.pause_wait;
    hour_wait := w.hour_wait;
    day_wait := w.day_wait;
    if pause_wait > 0 and v_sent_at[1] = vouch.undelivered_at(p_phone_number, p_now) then
      pause_wait := extract(epoch from v_sent_at[1] - p_now);
    end if;
  end if;
  is_free := coalesce(greatest(pause_wait, hour_wait, day_wait), 0) <= 0;
end $$;

-- Opens the first challenge of a number. False if another request does so at the same moment.
create function vouch.insert_challenge(
  p_phone_number text, p_device_trust text, p_id uuid, p_key_id text, p_code_length smallint, p_now timestamptz
) returns boolean language plpgsql as $$
declare
  v_expires_at timestamptz := p_now + vouch.code_life();
begin
  insert into challenge (phone_number, device_trust, id, key_id, code_length, expires_at, sent_at)
    values (p_phone_number, p_device_trust, p_id, p_key_id, p_code_length, v_expires_at, array[p_now])
    on conflict (phone_number, device_trust) do nothing;
  return found;
end $$;

-- Keeps the open challenge of a number, or opens a new one in its place, and notes the message. The open one is kept, with
-- its code and its count of guesses, until it is used, guessed at too often, about to expire, or its key is withdrawn.
-- After a use only the code is new: expiry, guesses and the order of routes stay as reported before, so that no response
-- reveals whether somebody has signed in (docs/decisions/030).
create function vouch.renew_challenge(
  p_phone_number text, p_device_trust text, p_id uuid, p_key_ids text[], p_code_length smallint, p_now timestamptz,
  out id uuid, out key_id text, out expires_at timestamptz, out earlier_ids uuid[], out sent_at timestamptz[]
) language plpgsql as $$
declare
  c challenge%rowtype;
  v_is_reusable boolean;
begin
  select * into c from challenge o
    where o.phone_number = p_phone_number and o.device_trust = p_device_trust for update;
  v_is_reusable := c.guesses < vouch.max_guesses() and c.code_length = p_code_length and c.key_id = any(p_key_ids)
    and c.expires_at > p_now + vouch.min_reuse();
  c.sent_at := (p_now || c.sent_at)[1:vouch.max_messages_a_day()];
  if c.used_at is not null or not v_is_reusable then
    c.earlier_ids := case when v_is_reusable then c.earlier_ids || c.id else '{}' end;
    c.id := p_id;
    c.key_id := p_key_ids[1];
    c.code_length := p_code_length;
  end if;
  if not v_is_reusable then
    c.expires_at := p_now + vouch.code_life();
    c.guesses := 0;
  end if;
  update challenge o set sent_at = c.sent_at, earlier_ids = c.earlier_ids, id = c.id, key_id = c.key_id,
      code_length = c.code_length, expires_at = c.expires_at, guesses = c.guesses, used_at = null
    where o.phone_number = p_phone_number and o.device_trust = p_device_trust;
  id := c.id;
  key_id := c.key_id;
  expires_at := c.expires_at;
  earlier_ids := c.earlier_ids;
  sent_at := c.sent_at;
end $$;

-- Opens the first challenge of a number or renews it, and tells the seconds until the next message. A number without a row
-- cannot be locked: of several first requests at the same moment one opens the challenge, and the others, which were
-- admitted without a row (`p_is_first`), find its pause.
create function vouch.open_challenge(
  p_phone_number text, p_device_trust text, p_id uuid, p_key_ids text[], p_code_length smallint, p_is_first boolean,
  p_now timestamptz,
  out id uuid, out key_id text, out expires_at timestamptz, out earlier_ids uuid[], out sent_at timestamptz[], out pause_wait float8
) language plpgsql as $$
declare
  c record;
  w record;
begin
  if vouch.insert_challenge(p_phone_number, p_device_trust, p_id, p_key_ids[1], p_code_length, p_now) then
    id := p_id;
    key_id := p_key_ids[1];
    expires_at := p_now + vouch.code_life();
    earlier_ids := '{}';
    sent_at := array[p_now];
    return;
  end if;
  if p_is_first then
    w := vouch.challenge_waits(p_phone_number, p_device_trust, true, false, p_now);
    if not w.is_free then
      pause_wait := w.pause_wait;
      return;
    end if;
  end if;
  c := vouch.renew_challenge(p_phone_number, p_device_trust, p_id, p_key_ids, p_code_length, p_now);
  id := c.id;
  key_id := c.key_id;
  expires_at := c.expires_at;
  earlier_ids := c.earlier_ids;
  sent_at := c.sent_at;
end $$;
