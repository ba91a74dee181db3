-- Signs an operator in at the console by a right code, or notes a fresh one in the session of an operator (`p_confirms`).
-- Uses the challenge up as `sign_in` does, but makes no account and no session of the pages. `is_used` is false if the
-- challenge has been used or has ended meanwhile; `role` is null if the number is not that of an operator, or not that of the
-- session, or is blocked. Composite.
create function vouch.sign_operator_in(
  p_phone_number text, p_device_trust text, p_asker bytea, p_challenge_id uuid, p_is_of_network boolean, p_is_test boolean,
  p_devices bytea[], p_key text, p_secret_hash bytea, p_confirms boolean, p_client_ip text, p_address text, p_device text,
  p_now timestamptz,
  out is_used boolean, out role text, out device_hash bytea, out finished json, out events json
) language plpgsql as $$
declare
  v_wrong_guesses int := vouch.use_challenge(
    p_phone_number, p_device_trust, p_asker, p_challenge_id, p_is_of_network, p_now);
  v_account_id uuid;
begin
  is_used := v_wrong_guesses is not null;
  if not is_used then
    return;
  end if;
  if not p_is_test then
    perform vouch.forgive_guesses(
      p_phone_number, case when p_device_trust = 'unknown_device' then v_wrong_guesses else 0 end, p_now);
  end if;
  finished := vouch.complete_deliveries(p_phone_number, p_challenge_id, p_now);
  v_account_id := (vouch.prove_number(p_phone_number)).account_id;
  if v_account_id is null or vouch.is_blocked_operator(v_account_id, p_phone_number, p_now) then
    role := null;
  elsif p_confirms then
    role := case when vouch.confirm_operator_session(p_key, p_secret_hash, v_account_id, p_now)
      then (vouch.find_operator_session(p_key, p_secret_hash, p_now)).role end;
  else
    role := vouch.open_operator_session(p_key, v_account_id, p_secret_hash, false, p_device, p_address, p_now);
  end if;
  if role is not null then
    device_hash := vouch.trust_device(v_account_id, p_devices, false, p_now);
  end if;
  events := json_build_array(vouch.record_event(v_account_id, 'signed_in',
    case when role is null then 'refused' else 'succeeded' end, vouch.masked_number(p_phone_number),
    case when role is null then 'the console, no operator'
      when p_confirms then 'the console, a fresh code' else 'the console, as ' || role end,
    p_client_ip, p_device, p_now));
end $$;
