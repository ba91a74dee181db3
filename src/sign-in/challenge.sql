-- A code lives this long, and a request with less time left opens a new challenge: src/sign-in/challenge.ts.
create function vouch.code_life() returns interval language sql immutable return interval '600 s';
create function vouch.min_reuse() returns interval language sql immutable return interval '120 s';

-- The seconds until the next message, from the times of earlier ones, newest first; null for a window that is not full.
-- No pause is longer than its rule, even after a request that began later and was faster.
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

-- The same for an asker: the pause after the asker's own message, and the windows of the number, which all askers share.
-- `sent_at` are the messages of the number, null before the first. The pause does not hold after a message that is known not
-- to have arrived, and a test number has none of these limits. With `p_locks` the row of the number is locked, so that of
-- several concurrent requests one counts; a request that is refused anyway locks nothing.
create function vouch.challenge_waits(
  p_phone_number text, p_device_trust text, p_asker bytea, p_locks boolean, p_is_test boolean, p_now timestamptz,
  out pause_wait float8, out hour_wait float8, out day_wait float8, out sent_at timestamptz[], out is_locked boolean,
  out is_free boolean
) language plpgsql as $$
declare
  l record;
  w record;
begin
  is_free := true;
  is_locked := false;
  if p_is_test then
    return;
  end if;
  l := vouch.read_number_limit(p_phone_number, p_device_trust, p_locks);
  sent_at := l.sent_at;
  if sent_at is null then
    return;
  end if;
  is_locked := p_device_trust = 'unknown_device' and l.failures >= vouch.max_failures();
  w := vouch.message_waits(sent_at, p_now);
  hour_wait := w.hour_wait;
  day_wait := w.day_wait;
  pause_wait := vouch.pause_wait(p_phone_number, p_device_trust, p_asker, p_now);
  is_free := not is_locked and coalesce(greatest(pause_wait, hour_wait, day_wait), 0) <= 0;
end $$;

-- The seconds until an asker may have another message by the asker's own pause; null before the first.
create function vouch.pause_wait(p_phone_number text, p_device_trust text, p_asker bytea, p_now timestamptz)
returns float8 language plpgsql as $$
declare
  c challenge%rowtype;
  v_wait float8;
begin
  select * into c from challenge o
    where o.phone_number = p_phone_number and o.device_trust = p_device_trust and o.asker = p_asker;
  if not found then
    return null;
  end if;
  v_wait := (vouch.message_waits(c.sent_at, p_now)).pause_wait;
  if v_wait > 0 and c.sent_at[1] = vouch.undelivered_at(p_phone_number, c.id, p_now) then
    v_wait := extract(epoch from c.sent_at[1] - p_now);
  end if;
  return v_wait;
end $$;

-- The digits of a new code for an asker. Strangers may guess only so often in a day at codes of the usual length: as soon as
-- the guesses made, those still open to other askers and those of the new code would exceed that, codes have the greatest
-- length. The same holds for all numbers once `p_is_spray`. `p_sent_at` are the messages of the number: after fewer than
-- two the sum cannot be exceeded. An asker replaces the own challenge, whose open guesses end. A used challenge has no open
-- ones: its renewal asks again.
create function vouch.new_code_length(
  p_phone_number text, p_device_trust text, p_asker bytea, p_usual smallint, p_is_of_network boolean, p_is_spray boolean,
  p_sent_at timestamptz[], p_now timestamptz
) returns smallint language plpgsql as $$
declare
  v_day_ago timestamptz := p_now - interval '1 day';
  v_is_of_network boolean;
  v_guesses int;
  v_taken int;
begin
  if p_device_trust = 'known_device' or p_usual >= vouch.max_code_length() then
    return p_usual;
  elsif p_is_spray then
    return vouch.max_code_length();
  elsif p_sent_at[2] is null or p_sent_at[2] < v_day_ago - vouch.code_life() then
    return p_usual;
  end if;
  select coalesce(sum(
      cardinality(array(select g.at from unnest(c.guessed_at) as g (at) where g.at > v_day_ago))
      + case when c.asker <> p_asker and c.used_at is null and c.expires_at > p_now and c.code_length < vouch.max_code_length()
        then case when c.is_of_network then vouch.max_guesses_in_all() else vouch.max_guesses() end
          - c.guesses - c.network_guesses
        else 0 end), 0),
      coalesce(bool_or(c.asker = p_asker and c.is_of_network), false) into v_taken, v_is_of_network
    from challenge c where c.phone_number = p_phone_number and c.device_trust = 'unknown_device';
  v_guesses := case when p_is_of_network or v_is_of_network then vouch.max_guesses_in_all() else vouch.max_guesses() end;
  return case when v_taken + v_guesses > vouch.max_short_guesses() then vouch.max_code_length() else p_usual end;
end $$;

-- Opens the first challenge of an asker. False if there is one.
create function vouch.insert_challenge(
  p_phone_number text, p_device_trust text, p_asker bytea, p_id uuid, p_key_id text, p_code_length smallint, p_proof bytea,
  p_is_of_network boolean, p_now timestamptz
) returns boolean language plpgsql as $$
declare
  v_expires_at timestamptz := p_now + vouch.code_life();
begin
  insert into challenge (phone_number, device_trust, asker, id, key_id, code_length, proof, expires_at, is_of_network, sent_at)
    values (p_phone_number, p_device_trust, p_asker, p_id, p_key_id, p_code_length, p_proof, v_expires_at, p_is_of_network,
      array[p_now])
    on conflict (phone_number, device_trust, asker) do nothing;
  return found;
end $$;

-- Keeps the open challenge of an asker, or opens a new one in its place, and notes the message. The open one is kept, with
-- its code and its count of guesses, until it is used, guessed at too often, about to expire, shorter than codes have to be
-- (`p_min_length`), or its key is withdrawn. After a use only the code is new: expiry, guesses and the order of routes stay
-- as reported before, so that no response reveals whether somebody has signed in (docs/decisions/030).
create function vouch.renew_challenge(
  p_phone_number text, p_device_trust text, p_asker bytea, p_id uuid, p_key_ids text[], p_min_length smallint,
  p_code_length smallint, p_proof bytea, p_is_of_network boolean, p_now timestamptz,
  out id uuid, out key_id text, out code_length smallint, out expires_at timestamptz, out earlier_ids uuid[],
  out sent_at timestamptz[]
) language plpgsql as $$
declare
  c challenge%rowtype;
  v_is_reusable boolean;
begin
  select * into c from challenge o
    where o.phone_number = p_phone_number and o.device_trust = p_device_trust and o.asker = p_asker for update;
  v_is_reusable := case when p_is_of_network then c.network_guesses else c.guesses end < vouch.max_guesses()
    and c.guesses + c.network_guesses < vouch.max_guesses_in_all()
    and (c.is_of_network or not p_is_of_network) and c.code_length >= p_min_length
    and c.key_id = any(p_key_ids) and c.expires_at > p_now + vouch.min_reuse();
  c.sent_at := (p_now || c.sent_at)[1:vouch.max_messages_a_day()];
  c.is_of_network := c.is_of_network or p_is_of_network;
  if c.used_at is not null or not v_is_reusable then
    c.earlier_ids := case when v_is_reusable
      then (c.earlier_ids || c.id)[greatest(1, cardinality(c.earlier_ids) - 17):] else '{}' end;
    c.id := p_id;
    c.key_id := p_key_ids[1];
    c.code_length := p_code_length;
    c.proof := p_proof;
  end if;
  if not v_is_reusable then
    c.expires_at := p_now + vouch.code_life();
    c.guesses := 0;
    c.network_guesses := 0;
  end if;
  update challenge o set sent_at = c.sent_at, earlier_ids = c.earlier_ids, id = c.id, key_id = c.key_id,
      code_length = c.code_length, proof = c.proof, expires_at = c.expires_at, guesses = c.guesses,
      network_guesses = c.network_guesses, is_of_network = c.is_of_network, used_at = null
    where o.phone_number = p_phone_number and o.device_trust = p_device_trust and o.asker = p_asker;
  id := c.id;
  key_id := c.key_id;
  code_length := c.code_length;
  expires_at := c.expires_at;
  earlier_ids := c.earlier_ids;
  sent_at := c.sent_at;
end $$;

-- Counts a message to a number. False if the number had none when the request was admitted (`p_sent_at` is null), another
-- request was faster, and its message leaves no room for this one. `sent_at` are the messages before it.
create function vouch.count_number_message(
  p_phone_number text, p_device_trust text, p_asker bytea, p_sent_at timestamptz[], p_now timestamptz,
  out is_counted boolean, out pause_wait float8, out hour_wait float8, out day_wait float8, out sent_at timestamptz[]
) language plpgsql as $$
declare
  w record;
begin
  is_counted := true;
  sent_at := p_sent_at;
  if p_sent_at is not null then
    perform vouch.count_message(p_phone_number, p_device_trust, p_sent_at, p_now);
  elsif not vouch.count_first_message(p_phone_number, p_device_trust, p_now) then
    w := vouch.challenge_waits(p_phone_number, p_device_trust, p_asker, true, false, p_now);
    is_counted := w.is_free;
    sent_at := w.sent_at;
    pause_wait := w.pause_wait;
    hour_wait := w.hour_wait;
    day_wait := w.day_wait;
    if is_counted then
      perform vouch.count_message(p_phone_number, p_device_trust, w.sent_at, p_now);
    end if;
  end if;
end $$;

-- Opens the challenge of an asker or renews it.
create function vouch.open_challenge(
  p_phone_number text, p_device_trust text, p_asker bytea, p_id uuid, p_key_ids text[], p_min_length smallint,
  p_code_length smallint, p_proof bytea, p_is_of_network boolean, p_now timestamptz,
  out id uuid, out key_id text, out code_length smallint, out expires_at timestamptz, out earlier_ids uuid[],
  out sent_at timestamptz[]
) language plpgsql as $$
declare
  c record;
begin
  if vouch.insert_challenge(
    p_phone_number, p_device_trust, p_asker, p_id, p_key_ids[1], p_code_length, p_proof, p_is_of_network, p_now) then
    id := p_id;
    key_id := p_key_ids[1];
    code_length := p_code_length;
    expires_at := p_now + vouch.code_life();
    earlier_ids := '{}';
    sent_at := array[p_now];
    return;
  end if;
  c := vouch.renew_challenge(p_phone_number, p_device_trust, p_asker, p_id, p_key_ids, p_min_length, p_code_length,
    p_proof, p_is_of_network, p_now);
  id := c.id;
  key_id := c.key_id;
  code_length := c.code_length;
  expires_at := c.expires_at;
  earlier_ids := c.earlier_ids;
  sent_at := c.sent_at;
end $$;

-- Ends the open codes of a number that is blocked. They end an hour before the present: a guess that began before the block
-- may judge them after it, by a time of its own that is seconds earlier.
create function vouch.expire_challenges(p_phone_number text, p_now timestamptz) returns void language plpgsql as $$
declare
  v_expires_at timestamptz := p_now - interval '1 hour';
begin
  update challenge c set expires_at = v_expires_at where c.phone_number = p_phone_number and c.expires_at > v_expires_at;
end $$;

-- Forgets the challenges of a number, with the pauses of its askers.
create function vouch.forget_challenges(p_phone_number text) returns void language plpgsql as $$
begin
  delete from challenge c where c.phone_number = p_phone_number;
end $$;
