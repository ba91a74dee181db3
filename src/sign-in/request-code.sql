-- Asks all limits whether a message may be sent, and counts it at each if all agree: those of the asker and the number, of
-- the client's networks (or of a test number, which has no other), and of the day. The waits say when each would;
-- `refused_by` is the name of the one that opens last. With `p_is_over` the day has had too many wrong guesses. `sent_at` are
-- the earlier messages of the number, whose row is locked. Composite.
create function vouch.admit_message(
  p_phone_number text, p_device_trust text, p_asker bytea, p_keys text[], p_names text[], p_quotas int[], p_window int,
  p_daily json, p_is_test boolean, p_is_over boolean, p_now timestamptz,
  out pause_wait float8, out hour_wait float8, out day_wait float8, out limit_wait float8, out limit_name text,
  out daily_scope text, out sent_at timestamptz[], out refused_by text
) language plpgsql as $$
declare
  v_day date := (p_now at time zone 'utc')::date;
  v_has_daily boolean := json_array_length(p_daily) > 0;
  v_locks boolean := false;
  w record;
  d record;
  l record;
  n record;
begin
  l := vouch.rate_limit_wait(p_keys, p_names, p_quotas, p_window, p_now);
  limit_name := l.limit_name;
  limit_wait := l.limit_wait;
  -- a look first, and again when the row is locked; there is none to lock before the first message, or for a test number
  loop
    w := vouch.challenge_waits(p_phone_number, p_device_trust, p_asker, v_locks, p_is_test, p_now);
    exit when v_locks or not w.is_free or limit_wait > 0;
    if p_is_over then
      daily_scope := 'failed_guesses';
    elsif v_has_daily then
      d := vouch.pick_daily_shards(v_day, p_daily, p_device_trust = 'known_device');
      daily_scope := d.full_scope;
    end if;
    exit when daily_scope is not null or w.sent_at is null;
    v_locks := true;
  end loop;
  pause_wait := w.pause_wait;
  hour_wait := w.hour_wait;
  day_wait := w.day_wait;
  sent_at := w.sent_at;
  if w.is_free and limit_wait <= 0 and daily_scope is null then
    l := vouch.take_units(p_keys, p_names, p_quotas, p_window, true, p_now);
    limit_name := coalesce(l.limit_name, limit_name);
    limit_wait := coalesce(l.limit_wait, limit_wait);
    if l.is_allowed and v_has_daily then
      daily_scope := vouch.count_daily_message(v_day, p_daily, d.shards, d.quotas);
    end if;
    if limit_wait <= 0 and daily_scope is null and not p_is_test then
      n := vouch.count_number_message(p_phone_number, p_device_trust, p_asker, sent_at, p_now);
      sent_at := n.sent_at;
      if not n.is_counted then
        w.is_free := false;
        pause_wait := n.pause_wait;
        hour_wait := n.hour_wait;
        day_wait := n.day_wait;
      end if;
    end if;
  end if;
  refused_by := case
    when w.is_locked then 'locked'
    when not w.is_free or limit_wait > 0 then vouch.longest_wait(pause_wait, hour_wait, day_wait, limit_wait, limit_name)
    when daily_scope = 'failed_guesses' then 'guesses_of_day'
    when daily_scope is not null then 'daily_max' end;
end $$;

-- The name of the limit that opens last; of several, the first.
create function vouch.longest_wait(
  p_pause_wait float8, p_hour_wait float8, p_day_wait float8, p_limit_wait float8, p_limit_name text
) returns text language sql immutable return case greatest(p_pause_wait, p_hour_wait, p_day_wait, p_limit_wait)
  when p_pause_wait then 'pause' when p_hour_wait then 'hour' when p_day_wait then 'day' else p_limit_name end;

-- Opens a challenge for an asker of a number, or keeps the open one, counts the message and records it; or records the
-- refusal, and tells the waits. Of a hundred concurrent requests of an asker one is sent. The times that a response tells are
-- those of the asker alone. `p_delivery` holds the fields of a `NewDelivery`, `p_attempt` those of an `Attempt`. `p_proofs` are
-- those of the new code in its usual and in the greatest length. The attempt begins with the commit (`has_begun`) if it is the
-- first for its code, whose length is the usual one. A block comes before all limits: `blocked_by` is its kind. Composite.
create function vouch.request_code(
  p_phone_number text, p_devices bytea[], p_asker bytea, p_is_of_network boolean, p_challenge_id uuid, p_key_ids text[],
  p_code_length smallint, p_proofs bytea[], p_attempt json, p_keys text[], p_names text[], p_quotas int[], p_window int,
  p_daily json, p_is_test boolean, p_spray_limit int, p_block_keys text[], p_client_ip inet, p_delivery json, p_now timestamptz,
  out id uuid, out key_id text, out code_length smallint, out is_new boolean, out expires_in int, out resend_in int,
  out tried text, out pause_wait float8, out hour_wait float8, out day_wait float8, out limit_wait float8,
  out limit_name text, out daily_scope text, out daily_wait float8, out is_locked boolean, out has_begun boolean,
  out now timestamptz, out delivery_id uuid, out blocked_by text
) language plpgsql as $$
declare
  v_trust text := vouch.device_trust(p_phone_number, p_devices, p_now);
  v_day date := (p_now at time zone 'utc')::date;
  v_failed bigint := case when v_trust = 'unknown_device' and not p_is_test then vouch.failed_guesses(v_day) else 0 end;
  a record;
  v_length smallint;
  c record;
  w record;
begin
  now := p_now;
  blocked_by := vouch.blocked_by(p_block_keys, p_phone_number, p_client_ip, p_now);
  if blocked_by is not null then
    perform vouch.record_block_refusal(p_phone_number, blocked_by, p_keys, p_now);
    return;
  end if;
  a := vouch.admit_message(p_phone_number, v_trust, p_asker, p_keys, p_names, p_quotas, p_window, p_daily,
    p_is_test, v_failed >= vouch.max_sprays() * p_spray_limit, p_now);
  pause_wait := a.pause_wait;
  hour_wait := a.hour_wait;
  day_wait := a.day_wait;
  limit_wait := a.limit_wait;
  limit_name := a.limit_name;
  daily_scope := a.daily_scope;
  daily_wait := extract(epoch from (v_day + 1)::timestamp at time zone 'utc' - p_now);
  is_locked := coalesce(a.refused_by = 'locked', false);
  if a.refused_by is not null then
    perform vouch.record_refusal(vouch.number_ending(p_phone_number),
      vouch.refusal_bucket(p_phone_number, a.refused_by, p_keys[cardinality(p_keys)]), p_phone_number, a.refused_by, p_now);
    return;
  end if;
  v_length := case when p_is_test then p_code_length else vouch.new_code_length(p_phone_number, v_trust, p_asker,
    p_code_length, p_is_of_network, v_failed >= p_spray_limit, a.sent_at, p_now) end;
  c := vouch.open_challenge(p_phone_number, v_trust, p_asker, p_challenge_id, p_key_ids,
    case when v_failed >= p_spray_limit then v_length else p_code_length end, v_length,
    p_proofs[case when v_length = p_code_length then 1 else 2 end], p_is_of_network, p_now);
  id := c.id;
  key_id := c.key_id;
  code_length := c.code_length;
  is_new := c.expires_at = p_now + vouch.code_life();
  expires_in := round(extract(epoch from c.expires_at - p_now));
  w := vouch.message_waits(c.sent_at, p_now);
  resend_in := case when p_is_test then 0 else ceil(greatest(w.pause_wait, w.hour_wait, w.day_wait)) end;
  if c.id <> p_challenge_id or cardinality(c.earlier_ids) > 0 then
    tried := vouch.tried_providers(p_phone_number, c.earlier_ids || c.id, p_now);
  end if;
  has_begun := p_attempt is not null and tried is null and c.id = p_challenge_id and c.code_length = p_code_length;
  delivery_id := vouch.insert_delivery(p_phone_number, c.id, c.key_id, c.code_length, c.expires_at, p_delivery,
    case when has_begun then p_attempt end, c.id = p_challenge_id, p_now);
end $$;
