-- Judges a guess at the open challenge of an asker. `p_askers` are the hashes of the token of the request or, without one
-- (`p_is_of_network`), of the tokens of its client network, one for each key; `p_proofs` are those of the guess under each key.
-- A right guess uses the challenge up (`is_right`), and any other counts. A used challenge counts guesses until it expires, as
-- an unused one does, so that the responses are the same. The update finds the row as it was judged, so of simultaneous
-- guesses each is judged after the one before, and no more than the limit are. `id` is null if no guess was judged, and `asker`
-- if it belongs to no challenge. A stranger's code is over when its number is locked, and a short one during a spray.
-- `wrong_guesses` are those that a sign-in forgives: none if a used challenge before it has told them. `failures` are those of
-- the number, where they matter; `message_id` is that of the only message of a right guess, null if there were several.
-- Nothing is locked when no guess can count.
create function vouch.judge_guess(
  p_phone_number text, p_device_trust text, p_askers bytea[], p_proofs bytea[], p_is_of_network boolean, p_is_spray boolean,
  p_is_test boolean, p_now timestamptz,
  out id uuid, out device_trust text, out asker bytea, out guesses_left int, out is_right boolean, out wrong_guesses int,
  out failures int, out message_id uuid
) language plpgsql as $$
declare
  c challenge%rowtype;
  v_guessed_at timestamptz[];
  v_used_at timestamptz;
  v_counts boolean;
begin
  select o.* into c from challenge o
    where o.phone_number = p_phone_number and o.device_trust in ('unknown_device', p_device_trust)
      and o.asker = any(p_askers)
    order by o.used_at is null and o.expires_at > p_now desc, o.expires_at > p_now desc, o.device_trust = 'known_device' desc,
      o.sent_at[1] desc
    limit 1;
  asker := c.asker;
  if c.device_trust = 'unknown_device' and not p_is_test then
    failures := vouch.failures_of(p_phone_number);
    if failures >= vouch.max_failures() or (p_is_spray and c.code_length < vouch.max_code_length()) then
      return;
    end if;
  end if;
  loop
    guesses_left := vouch.guesses_left(c.guesses, c.network_guesses, p_is_of_network);
    if c.phone_number is null or c.expires_at <= p_now or guesses_left = 0 or (p_is_of_network and not c.is_of_network) then
      return;
    end if;
    v_counts := c.used_at is not null or c.proof <> all(p_proofs);
    v_used_at := case when v_counts then c.used_at else p_now end;
    v_guessed_at := case when v_counts then (p_now || c.guessed_at)[1:20] else c.guessed_at end;
    update challenge o set used_at = v_used_at, guessed_at = v_guessed_at,
        guesses = c.guesses + (v_counts and not p_is_of_network)::int,
        network_guesses = c.network_guesses + (v_counts and p_is_of_network)::int
      where o.phone_number = p_phone_number and o.device_trust = c.device_trust and o.asker = c.asker and o.id = c.id
        and o.guesses = c.guesses and o.network_guesses = c.network_guesses and o.guessed_at = c.guessed_at
        and o.used_at is not distinct from c.used_at and o.expires_at = c.expires_at;
    exit when found;
    -- another guess was faster: the next look waits for it
    select o.* into c from challenge o
      where o.phone_number = p_phone_number and o.device_trust = c.device_trust and o.asker = c.asker for update;
  end loop;
  id := c.id;
  device_trust := c.device_trust;
  is_right := not v_counts;
  guesses_left := guesses_left - 1;
  wrong_guesses := case when cardinality(c.earlier_ids) = 0 then c.guesses + c.network_guesses else 0 end;
  message_id := case when is_right and cardinality(c.sent_at) = 1 then vouch.id_at(c.id, c.sent_at[1]) end;
end $$;

-- The guesses that an asker has left, with the token or as its client network.
create function vouch.guesses_left(p_guesses int, p_network_guesses int, p_is_of_network boolean) returns int
language sql immutable return least(
  vouch.max_guesses() - case when p_is_of_network then p_network_guesses else p_guesses end,
  vouch.max_guesses_in_all() - p_guesses - p_network_guesses);

-- The same for a device that presents these hashes. A guess that belongs to no challenge has the limits of its client network
-- (`p_keys`, narrowest first) alone, so that it spends nothing of those who asked; they are bounded by their challenges. The
-- code of a test number never changes: every guess at it has a limit of its own, in their place. `limit_wait` is positive if
-- the limit is reached. A block comes before all limits: `blocked_by` is its kind. A right guess takes back what strangers'
-- wrong guesses counted; the caller completes the messages of the challenge. Composite.
create function vouch.use_code(
  p_phone_number text, p_devices bytea[], p_askers bytea[], p_proofs bytea[], p_is_of_network boolean, p_is_test boolean,
  p_keys text[], p_names text[], p_quotas int[], p_window int, p_spray_limit int, p_block_keys text[], p_client_ip inet,
  p_now timestamptz,
  out is_right boolean, out device_trust text, out guesses_left int, out limit_wait float8, out limit_name text,
  out blocked_by text, out challenge_id uuid, out message_id uuid
) language plpgsql as $$
declare
  v_day date := (p_now at time zone 'utc')::date;
  v_wait float8 := case when p_is_test
    then (vouch.rate_limit_wait(p_keys, p_names, p_quotas, p_window, p_now)).limit_wait else 0 end;
  g record;
  l record;
begin
  blocked_by := vouch.blocked_by(p_block_keys, p_phone_number, p_client_ip, p_now);
  if blocked_by is not null then
    perform vouch.record_block_refusal(p_phone_number, blocked_by, p_keys, p_now);
    return;
  end if;
  if v_wait <= 0 then
    g := vouch.judge_guess(p_phone_number, vouch.device_trust(p_phone_number, p_devices, p_now), p_askers, p_proofs,
      p_is_of_network, vouch.failed_guesses(v_day) >= p_spray_limit, p_is_test, p_now);
    is_right := g.is_right;
    device_trust := g.device_trust;
    guesses_left := g.guesses_left;
    if is_right then
      if not p_is_test then
        perform vouch.forgive_guesses(p_phone_number, g.failures is distinct from 0,
          case when device_trust = 'unknown_device' then g.wrong_guesses else 0 end, p_now);
      end if;
      challenge_id := g.id;
      message_id := g.message_id;
    end if;
    if g.id is not null or (g.asker is not null and not p_is_test) then
      return;
    end if;
  end if;
  l := vouch.consume(p_keys, p_names, p_quotas, p_window, true, p_now);
  if l.limit_wait > 0 then
    limit_wait := l.limit_wait;
    limit_name := l.limit_name;
    perform vouch.record_refusal(vouch.number_ending(p_phone_number),
      vouch.refusal_bucket(p_phone_number, limit_name, p_keys[cardinality(p_keys)]), p_phone_number, limit_name, p_now);
  end if;
end $$;

-- Counts a wrong guess at a challenge: for the number and for all numbers if a stranger made it, or for a test number.
-- Records it. Composite.
create function vouch.reject_code(
  p_phone_number text, p_device_trust text, p_is_test boolean, p_number text, p_client_ip text, p_device text,
  p_keys text[], p_names text[], p_quotas int[], p_window int, p_now timestamptz, out events json
) language plpgsql as $$
declare
  v_day date := (p_now at time zone 'utc')::date;
begin
  if p_is_test then
    perform vouch.take_units(p_keys, p_names, p_quotas, p_window, true, p_now);
  elsif p_device_trust = 'unknown_device' then
    perform vouch.count_number_failure(p_phone_number);
    perform vouch.count_failed_guesses(v_day, right(p_phone_number, 1)::int, 1);
  end if;
  events := vouch.record_wrong_code(p_phone_number, p_number, p_client_ip, p_device, p_now);
end $$;

-- Takes back what strangers' wrong guesses counted, when the person has signed in after all.
create function vouch.forgive_guesses(p_phone_number text, p_may_have_failures boolean, p_guesses int, p_now timestamptz)
returns void language plpgsql as $$
declare
  v_day date := (p_now at time zone 'utc')::date;
begin
  if p_may_have_failures then
    perform vouch.forget_failures(p_phone_number, p_now);
  end if;
  if p_guesses > 0 then
    perform vouch.count_failed_guesses(v_day, right(p_phone_number, 1)::int, -p_guesses);
  end if;
end $$;
