-- Signs a person in by a right code: uses the code up, creates a new person with an invite of their own, and opens a session.
-- All or nothing. Without a right code (`is_right`) it only counts the guess, as `use_code` tells. `p_devices` begins with a new
-- device token; `p_session` holds the fields of `sessionArgument` of src/sign-in/store.ts. `on_standbys`: whether standbys may
-- still have a session that it ended. Of a blocked account the code is used up, and nothing else happens. Composite.
create function vouch.sign_in(
  p_phone_number text, p_devices bytea[], p_askers bytea[], p_proofs bytea[], p_is_of_network boolean, p_is_test boolean,
  p_keys text[], p_names text[], p_quotas int[], p_window int, p_spray_limit int, p_block_keys text[],
  p_client_ip text, p_device text, p_account_id uuid, p_own_codes text[], p_invite json, p_session json, p_now timestamptz,
  out is_right boolean, out device_trust text, out guesses_left int, out limit_wait float8, out limit_name text,
  out blocked_by text, out finished json, out account_id uuid, out created boolean, out invited boolean,
  out expires_at timestamptz, out device_hash bytea, out on_standbys boolean, out events json, out is_blocked boolean
) language plpgsql as $$
declare
  v_known bytea[] := p_devices[2:];
  v_challenge_id uuid;
  v_message_id uuid;
  v_was_unproven boolean;
  v_inviter_id uuid;
  s record;
begin
  select u.is_right, u.device_trust, u.guesses_left, u.limit_wait, u.limit_name, u.blocked_by, u.challenge_id, u.message_id
    into is_right, device_trust, guesses_left, limit_wait, limit_name, blocked_by, v_challenge_id, v_message_id
    from vouch.use_code(p_phone_number, v_known, p_askers, p_proofs, p_is_of_network, p_is_test, p_keys, p_names, p_quotas,
      p_window, p_spray_limit, p_block_keys, p_client_ip::inet, p_now) u;
  if is_right is distinct from true then
    return;
  end if;
  select a.account_id, a.was_unproven into account_id, v_was_unproven from vouch.prove_number(p_phone_number) a;
  finished := vouch.complete_deliveries(p_phone_number, v_challenge_id, v_message_id, p_now);
  created := account_id is null;
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
  device_hash := vouch.trust_device(account_id, p_devices, created, p_now);
  s := vouch.open_session(account_id, p_session, p_device, device_hash, created, p_now);
  expires_at := s.expires_at;
  on_standbys := s.on_standbys;
  events := vouch.record_sign_in(account_id, vouch.masked_number(p_phone_number),
    case when created then 'a new account' when v_was_unproven then 'an imported number' end, v_inviter_id,
    p_session, s.replaced, s.ended, p_client_ip, p_device, p_now);
end $$;

-- Opens the session of a sign-in, in the place of the one that the client had (`replaced`). The least used of the account make
-- room for it (`ended`). Composite.
create function vouch.open_session(
  p_account_id uuid, p_session json, p_device text, p_device_hash bytea, p_is_new_account boolean, p_now timestamptz,
  out expires_at timestamptz, out replaced uuid, out ended uuid[], out on_standbys boolean
) language plpgsql as $$
declare
  v_previous bytea := decode(p_session ->> 'previousHash', 'hex');
begin
  if v_previous is not null then
    replaced := vouch.delete_session((p_session ->> 'previousAccount')::uuid, v_previous);
  end if;
  ended := case when p_is_new_account then '{}'
    else vouch.end_least_used(p_account_id, (p_session ->> 'max')::int, p_now) end;
  on_standbys := (v_previous is not null or ended <> '{}') and vouch.has_standbys(vouch.all_standbys());
  expires_at := vouch.insert_session(p_account_id, decode(p_session ->> 'secretHash', 'hex'), (p_session ->> 'id')::uuid,
    (p_session ->> 'lifeSeconds')::float8, p_device, p_session ->> 'address', p_device_hash, p_now);
end $$;

-- Records what a sign-in did, as a JSON array of `RecordedEvent`. The session that it replaced may be of another account.
-- Composite.
create function vouch.record_sign_in(
  p_account_id uuid, p_number text, p_details text, p_inviter_id uuid, p_session json, p_replaced uuid, p_ended uuid[],
  p_client_ip text, p_device text, p_now timestamptz
) returns json language plpgsql as $$
declare
  v_previous uuid := case when p_replaced is not null then (p_session ->> 'previousAccount')::uuid end;
  v_events json[] := array[vouch.record_event(p_account_id, 'signed_in', 'succeeded', p_number, p_details, p_client_ip,
    p_device, p_now, (p_session ->> 'id')::uuid, case when v_previous = p_account_id then array[p_replaced] end)];
begin
  if v_previous <> p_account_id then
    v_events := array_append(v_events, vouch.record_event(v_previous, 'sessions_ended', 'succeeded',
      vouch.masked_number(vouch.number_of(v_previous)), 'sessions: 1, by another sign-in', p_client_ip, p_device, p_now,
      p_ended => array[p_replaced]));
  end if;
  if p_inviter_id is not null then
    v_events := array_append(v_events, vouch.record_event(p_account_id, 'invite_redeemed', 'succeeded', p_number,
      'inviter ' || p_inviter_id, p_client_ip, p_device, p_now));
  end if;
  if p_ended <> '{}' then
    v_events := array_append(v_events, vouch.record_event(p_account_id, 'sessions_ended', 'succeeded', p_number,
      'sessions: ' || cardinality(p_ended) || ', above the maximum', p_client_ip, p_device, p_now, p_ended => p_ended));
  end if;
  return array_to_json(v_events);
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
