-- Signs an operator in at the console by a right code, or notes a fresh one in the session of an operator (`p_confirms`).
-- Uses the code up as `sign_in` does, but makes no account and no session of the pages. `role` is null if the number is not
-- that of an operator, or not that of the session, or is blocked. Composite.
create function vouch.sign_operator_in(
  p_phone_number text, p_devices bytea[], p_askers bytea[], p_proofs bytea[], p_is_of_network boolean, p_is_test boolean,
  p_keys text[], p_names text[], p_quotas int[], p_window int, p_spray_limit int, p_block_keys text[],
  p_client_ip text, p_device text, p_key text, p_secret_hash bytea, p_confirms boolean, p_address text, p_now timestamptz,
  out is_right boolean, out device_trust text, out guesses_left int, out limit_wait float8, out limit_name text,
  out blocked_by text, out finished json, out role text, out device_hash bytea, out events json
) language plpgsql as $$
declare
  v_known bytea[] := p_devices[2:];
  v_challenge_id uuid;
  v_message_id uuid;
  v_account_id uuid;
begin
  select u.is_right, u.device_trust, u.guesses_left, u.limit_wait, u.limit_name, u.blocked_by, u.challenge_id, u.message_id
    into is_right, device_trust, guesses_left, limit_wait, limit_name, blocked_by, v_challenge_id, v_message_id
    from vouch.use_code(p_phone_number, v_known, p_askers, p_proofs, p_is_of_network, p_is_test, p_keys, p_names, p_quotas,
      p_window, p_spray_limit, p_block_keys, p_client_ip::inet, p_now) u;
  if is_right is distinct from true then
    return;
  end if;
  v_account_id := (vouch.prove_number(p_phone_number)).account_id;
  finished := vouch.complete_deliveries(p_phone_number, v_challenge_id, v_message_id, p_now);
  if v_account_id is null or vouch.is_blocked_operator(v_account_id, p_phone_number, p_now) then
    role := null;
  elsif p_confirms then
    role := case when vouch.confirm_operator_session(p_key, p_secret_hash, v_account_id, p_now)
      then (vouch.find_operator_session(p_key, p_secret_hash, p_now)).role end;
  else
    role := vouch.open_operator_session(p_key, v_account_id, p_secret_hash, p_device, p_address, p_now);
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
