-- Counts a guess at the open challenge of a number. A used challenge counts guesses until it expires, as an unused one
-- does, so that the responses are the same; `sign_in` accepts none of them. It commits before the code is checked, so that
-- concurrent guesses cannot exceed the limits of the challenge and the number. `id` is null if no guess was counted;
-- `day_wait` is positive if the number has had its guesses of a day. Nothing is locked when no guess can count.
create function vouch.count_guess(
  p_phone_number text, p_device_trust text, p_now timestamptz,
  out id uuid, out device_trust text, out key_id text, out code_length smallint, out guesses smallint, out day_wait float8
) language plpgsql as $$
declare
  c challenge%rowtype;
  v_guessed_at timestamptz[];
begin
  select o.* into c from challenge o
    where o.phone_number = p_phone_number and o.device_trust in ('unknown_device', p_device_trust)
    order by o.used_at is null and o.expires_at > p_now desc, o.expires_at > p_now desc, o.device_trust = 'known_device' desc
    limit 1;
  loop
    day_wait := extract(epoch from c.guessed_at[vouch.max_guesses_a_day()] - p_now + interval '1 day');
    if day_wait > 0 or c.phone_number is null or c.expires_at <= p_now or c.guesses >= vouch.max_guesses() then
      return;
    end if;
    v_guessed_at := (p_now || c.guessed_at)[1:vouch.max_guesses_a_day()];
    update challenge o set guesses = c.guesses + 1, guessed_at = v_guessed_at
      where o.phone_number = p_phone_number and o.device_trust = c.device_trust
        and o.id = c.id and o.guesses = c.guesses and o.guessed_at = c.guessed_at;
    exit when found;
    -- another guess was faster: the next look waits for it
    select o.* into c from challenge o
      where o.phone_number = p_phone_number and o.device_trust = c.device_trust for update;
  end loop;
  id := c.id;
  device_trust := c.device_trust;
  key_id := c.key_id;
  code_length := c.code_length;
  guesses := c.guesses + 1;
end $$;

-- The same for a device that presents these hashes; records a refusal by the limit of a day. Composite.
create function vouch.verify_code(
  p_phone_number text, p_devices bytea[], p_now timestamptz,
  out id uuid, out device_trust text, out key_id text, out code_length smallint, out guesses smallint, out day_wait float8
) language plpgsql as $$
declare
  g record := vouch.count_guess(p_phone_number, vouch.device_trust(p_phone_number, p_devices, p_now), p_now);
begin
  id := g.id;
  device_trust := g.device_trust;
  key_id := g.key_id;
  code_length := g.code_length;
  guesses := g.guesses;
  day_wait := g.day_wait;
  if day_wait > 0 then
    perform vouch.record_refusal(vouch.refusal_bucket(p_phone_number, 'guess', null), p_phone_number, 'guess', p_now);
  end if;
end $$;

-- Uses up a challenge and takes back its right guess, so that no later response reveals it. False if it has been used or
-- has ended meanwhile.
create function vouch.use_challenge(p_phone_number text, p_device_trust text, p_id uuid, p_now timestamptz)
returns boolean language plpgsql as $$
declare
  v_guessed_at timestamptz[];
begin
  select c.guessed_at into v_guessed_at from challenge c
    where c.phone_number = p_phone_number and c.device_trust = p_device_trust
      and c.id = p_id and c.used_at is null and c.expires_at > p_now for update;
  if not found then
    return false;
  end if;
  v_guessed_at := v_guessed_at[2:];
  update challenge c set used_at = p_now, guesses = c.guesses - 1, guessed_at = v_guessed_at
    where c.phone_number = p_phone_number and c.device_trust = p_device_trust;
  return true;
end $$;
