-- Asks all limits whether a message may be sent, and counts it if each agrees: those of the number, of the client's
-- networks (or of a test number, which has no other), and of the day. The waits say when each would; `refused_by` is the
-- name of the one that opens last. Composite.
create function vouch.admit_message(
  p_phone_number text, p_device_trust text, p_keys text[], p_names text[], p_quotas int[], p_window int, p_daily json,
  p_is_test boolean, p_now timestamptz,
  out pause_wait float8, out hour_wait float8, out day_wait float8, out limit_wait float8, out limit_name text,
  out daily_scope text, out daily_wait float8, out refused_by text
) language plpgsql as $$
declare
  v_day date := (p_now at time zone 'utc')::date;
  v_has_daily boolean := json_array_length(p_daily) > 0;
  v_locks boolean := false;
  w record;
  d record;
  l record;
begin
  daily_wait := extract(epoch from (v_day + 1)::timestamp at time zone 'utc' - p_now);
  l := vouch.rate_limit_wait(p_keys, p_names, p_quotas, p_window, p_now);
  limit_name := l.limit_name;
  limit_wait := l.limit_wait;
  -- a look first, and again when the row is locked; there is none to lock before the first message, or for a test number
  loop
    w := vouch.challenge_waits(p_phone_number, p_device_trust, v_locks, p_is_test, p_now);
    exit when v_locks or not w.is_free or limit_wait > 0;
    if v_has_daily then
      d := vouch.pick_daily_shards(v_day, p_daily, p_device_trust = 'known_device');
      daily_scope := d.full_scope;
    end if;
    exit when daily_scope is not null or w.pause_wait is null;
    v_locks := true;
  end loop;
  pause_wait := w.pause_wait;
  hour_wait := w.hour_wait;
  day_wait := w.day_wait;
  if w.is_free and limit_wait <= 0 and daily_scope is null then
    l := vouch.take_units(p_keys, p_names, p_quotas, p_window, true, p_now);
    limit_name := coalesce(l.limit_name, limit_name);
    limit_wait := coalesce(l.limit_wait, limit_wait);
    if l.is_allowed and v_has_daily then
      daily_scope := vouch.count_daily_message(v_day, p_daily, d.shards, d.quotas);
    end if;
  end if;
  refused_by := case
    when not w.is_free or limit_wait > 0 then vouch.longest_wait(pause_wait, hour_wait, day_wait, limit_wait, limit_name)
    when daily_scope is not null then 'daily_max' end;
end $$;

-- The name of the limit that opens last; of several, the first.
create function vouch.longest_wait(
  p_pause_wait float8, p_hour_wait float8, p_day_wait float8, p_limit_wait float8, p_limit_name text
) returns text language sql immutable return case greatest(p_pause_wait, p_hour_wait, p_day_wait, p_limit_wait)
  when p_pause_wait then 'pause' when p_hour_wait then 'hour' when p_day_wait then 'day' else p_limit_name end;

-- Opens a challenge for a number, or keeps the open one, counts the message and records it; or records the refusal, and
-- tells the waits. Of a hundred concurrent requests for a number one is sent. Composite.
create function vouch.request_code(
  p_phone_number text, p_devices bytea[], p_challenge_id uuid, p_key_ids text[], p_code_length smallint,
  p_keys text[], p_names text[], p_quotas int[], p_window int, p_daily json, p_is_test boolean,
  p_delivery_id uuid, p_country text, p_prefix text, p_language text, p_channel text, p_provider text,
  p_client_network text, p_dropped text, p_now timestamptz,
  out id uuid, out key_id text, out code_length smallint, out is_new boolean, out expires_in int, out resend_in int,
  out tried text, out pause_wait float8, out hour_wait float8, out day_wait float8, out limit_wait float8,
  out limit_name text, out daily_scope text, out daily_wait float8, out now timestamptz
) language plpgsql as $$
declare
  v_trust text := vouch.device_trust(p_phone_number, p_devices, p_now);
  a record;
  c record;
  w record;
begin
  a := vouch.admit_message(
    p_phone_number, v_trust, p_keys, p_names, p_quotas, p_window, p_daily, p_is_test, p_now);
  now := p_now;
  if a.refused_by is null then
    c := vouch.open_challenge(
      p_phone_number, v_trust, p_challenge_id, p_key_ids, p_code_length,
      a.pause_wait is null and not p_is_test, p_now);
    a.pause_wait := coalesce(c.pause_wait, a.pause_wait);
    a.refused_by := case when c.id is null then 'pause' end;
  end if;
  pause_wait := a.pause_wait;
  hour_wait := a.hour_wait;
  day_wait := a.day_wait;
  limit_wait := a.limit_wait;
  limit_name := a.limit_name;
  daily_scope := a.daily_scope;
  daily_wait := a.daily_wait;
  if a.refused_by is not null then
    perform vouch.record_refusal(vouch.refusal_bucket(p_phone_number, a.refused_by, p_keys[cardinality(p_keys)]),
      p_phone_number, a.refused_by, p_now);
    return;
  end if;
  id := c.id;
  key_id := c.key_id;
  code_length := p_code_length;
  is_new := c.expires_at = p_now + vouch.code_life();
  expires_in := round(extract(epoch from c.expires_at - p_now));
  w := vouch.message_waits(c.sent_at, p_now);
  resend_in := case when p_is_test then 0 else ceil(greatest(w.pause_wait, w.hour_wait, w.day_wait)) end;
  if c.id <> p_challenge_id or cardinality(c.earlier_ids) > 0 then
    tried := vouch.tried_providers(p_phone_number, c.earlier_ids || c.id);
  end if;
  perform vouch.insert_delivery(p_phone_number, p_delivery_id, c.id, c.key_id, p_code_length, c.expires_at,
    p_country, p_prefix, p_language, p_channel, p_provider, p_client_network, p_dropped, c.id = p_challenge_id, p_now);
end $$;
