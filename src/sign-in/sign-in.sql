-- Signs a person in by a right code: uses up the challenge, creates a new person with an invite of their own, and opens a
-- session. All or nothing; `account_id` is null if the challenge has been used or has ended meanwhile; `on_standbys`: whether
-- standbys may still have a session that it ended. Of a blocked account the code is used up, and nothing else happens. Composite.
create function vouch.sign_in(
  p_phone_number text, p_device_trust text, p_asker bytea, p_challenge_id uuid, p_is_of_network boolean, p_is_test boolean,
  p_account_id uuid, p_own_codes text[], p_invite json, p_devices bytea[], p_session_id uuid,
  p_secret_hash bytea, p_life_seconds float8, p_sessions_max int,
  p_device text, p_address text, p_client_ip text, p_previous_account uuid, p_previous_hash bytea, p_now timestamptz,
  out account_id uuid, out created boolean, out invited boolean, out expires_at timestamptz, out device_hash bytea,
  out finished json, out on_standbys boolean, out events json, out is_blocked boolean
) language plpgsql as $$
declare
  v_wrong_guesses int := vouch.use_challenge(
    p_phone_number, p_device_trust, p_asker, p_challenge_id, p_is_of_network, p_now);
  v_number text := vouch.masked_number(p_phone_number);
  v_was_unproven boolean;
  v_inviter_id uuid;
  v_ended int;
  v_events json[];
begin
  if v_wrong_guesses is null then
    return;
  end if;
  if not p_is_test then
    perform vouch.forgive_guesses(
      p_phone_number, case when p_device_trust = 'unknown_device' then v_wrong_guesses else 0 end, p_now);
  end if;
  select a.account_id, a.was_unproven into account_id, v_was_unproven from vouch.prove_number(p_phone_number) a;
  created := account_id is null;
  finished := vouch.complete_deliveries(p_phone_number, p_challenge_id, p_now);
  if created then
    account_id := p_account_id;
    v_inviter_id := vouch.create_person(p_phone_number, account_id, p_own_codes, p_invite, p_now);
  else
    events := vouch.refuse_account(account_id, p_phone_number, p_client_ip, p_device, p_now);
    is_blocked := events is not null;
    if is_blocked then
      return;
    end if;
  end if;
  invited := v_inviter_id is not null;
  if p_previous_hash is not null then
    perform vouch.delete_session(p_previous_account, p_previous_hash);
  end if;
  v_ended := case when created then 0 else vouch.end_least_used(account_id, p_sessions_max, p_now) end;
  on_standbys := (p_previous_hash is not null or v_ended > 0) and vouch.has_standbys(vouch.all_standbys());
  device_hash := vouch.trust_device(account_id, p_devices, created, p_now);
  expires_at := vouch.insert_session(
    account_id, p_secret_hash, p_session_id, p_life_seconds, p_device, p_address, device_hash, p_now);
  v_events := array[vouch.record_event(account_id, 'signed_in', 'succeeded', v_number,
    case when created then 'a new account' when v_was_unproven then 'an imported number' end, p_client_ip, p_device, p_now)];
  if invited then
    v_events := array_append(v_events, vouch.record_event(account_id, 'invite_redeemed', 'succeeded', v_number,
      'inviter ' || v_inviter_id, p_client_ip, p_device, p_now));
  end if;
  if v_ended > 0 then
    v_events := array_append(v_events, vouch.record_event(account_id, 'sessions_ended', 'succeeded', v_number,
      'sessions: ' || v_ended || ', above the maximum', p_client_ip, p_device, p_now));
  end if;
  events := array_to_json(v_events);
end $$;

-- Creates a new person with an invite of their own, and redeems the code that they brought, if it can. Returns the inviter.
-- Composite.
create function vouch.create_person(
  p_phone_number text, p_account_id uuid, p_own_codes text[], p_invite json, p_now timestamptz
) returns uuid language plpgsql as $$
declare
  r record;
begin
  select o.inviter_id, o.code into r from vouch.redeem_at_sign_up(p_phone_number, p_account_id, p_invite, p_now) o;
  perform vouch.insert_invite(p_account_id, vouch.choose_code(p_own_codes, p_account_id), r.inviter_id, r.code, p_now);
  perform vouch.insert_number_account(p_phone_number, p_account_id);
  perform vouch.insert_account(p_account_id, p_phone_number, p_now);
  return r.inviter_id;
end $$;

-- The event of a sign-in to a blocked account; null if it is not blocked. Composite.
create function vouch.refuse_account(
  p_account_id uuid, p_phone_number text, p_client_ip text, p_device text, p_now timestamptz
) returns json language plpgsql as $$
begin
  return case when vouch.blocked_by(array['account:' || p_account_id], p_phone_number, null, p_now) is not null
    then json_build_array(vouch.record_event(p_account_id, 'signed_in', 'refused', vouch.masked_number(p_phone_number),
      'the account is blocked', p_client_ip, p_device, p_now)) end;
end $$;
