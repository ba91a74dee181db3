-- The open challenge of an asker who presents no device, for a caller that knows its number: its id, its hash of the asker, and
-- whether no guess is left. No row without one.
create function vouch.open_challenge_of(
  p_phone_number text, p_askers bytea[], p_now timestamptz, out id uuid, out asker bytea, out is_used_up boolean
) returns setof record language plpgsql as $$
begin
  return query select o.id, o.asker::bytea, vouch.guesses_left(o.guesses, o.network_guesses, false) <= 0
    from challenge o
    where o.phone_number = p_phone_number and o.device_trust = 'unknown_device' and o.asker = any(p_askers)
      and o.used_at is null and o.expires_at > p_now
    order by o.sent_at[1] desc limit 1;
end $$;

-- Ends the open challenge of an asker, whose next request gets a new code. Its guesses still count for the limits of the day.
create function vouch.end_challenge(p_phone_number text, p_askers bytea[], p_id uuid, p_now timestamptz) returns void
language plpgsql as $$
begin
  update challenge o set expires_at = p_now
    where o.phone_number = p_phone_number and o.device_trust = 'unknown_device' and o.asker = any(p_askers)
      and o.id = p_id and o.used_at is null and o.expires_at > p_now;
end $$;
