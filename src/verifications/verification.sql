-- Records a message of a verification: a new row, or one more message of the challenge that goes on.
create function vouch.insert_verification(
  p_id uuid, p_api_key_id text, p_phone_number text, p_channel text, p_expires_at timestamptz, p_now timestamptz
) returns void language plpgsql as $$
begin
  insert into verification (id, api_key_id, phone_number, channel, created_at, expires_at)
    values (p_id, p_api_key_id, p_phone_number, p_channel, p_now, p_expires_at) on conflict (id) do nothing;
  if not found then
    update verification v set channel = p_channel, sent = least(v.sent + 1, 100), expires_at = p_expires_at
      where v.id = p_id;
  end if;
end $$;

-- A verification of an API key. No row if there is none, or it belongs to another key.
create function vouch.find_verification(
  p_id uuid, p_api_key_id text, p_now timestamptz,
  out id uuid, out phone_number text, out channel text, out sent smallint, out created_at timestamptz,
  out expires_at timestamptz, out changed_at timestamptz, out status text
) returns setof record language plpgsql as $$
begin
  return query select v.id, v.phone_number, v.channel, v.sent, v.created_at, v.expires_at,
      coalesce(v.approved_at, v.canceled_at, v.created_at),
      case when v.approved_at is not null then 'approved' when v.canceled_at is not null then 'canceled'
        when v.expires_at <= p_now then 'expired' else 'pending' end
    from verification v where v.id = p_id and v.api_key_id = p_api_key_id;
end $$;

-- Marks a verification as approved. False unless it is neither approved nor canceled.
create function vouch.mark_approved(p_id uuid, p_now timestamptz) returns boolean language plpgsql as $$
begin
  update verification v set approved_at = p_now
    where v.id = p_id and v.approved_at is null and v.canceled_at is null;
  return found;
end $$;

-- Marks a verification as canceled. False unless it is neither approved nor canceled.
create function vouch.mark_canceled(p_id uuid, p_now timestamptz) returns boolean language plpgsql as $$
begin
  update verification v set canceled_at = p_now
    where v.id = p_id and v.approved_at is null and v.canceled_at is null;
  return found;
end $$;

-- Approves a verification by the right code of its challenge, which is used up as a sign-in does it: once, whatever happens at
-- the same time. It opens no account and no session. `is_approved` is false if the code was that of a newer challenge, or the
-- verification has ended meanwhile. Without a right code (`is_right`) it only counts the guess, as `use_code` tells. Composite.
create function vouch.approve_verification(
  p_phone_number text, p_devices bytea[], p_askers bytea[], p_proofs bytea[], p_is_of_network boolean, p_is_test boolean,
  p_keys text[], p_names text[], p_quotas int[], p_window int, p_spray_limit int, p_block_keys text[],
  p_client_ip text, p_device text, p_id uuid, p_api_key_id text, p_now timestamptz,
  out is_right boolean, out device_trust text, out guesses_left int, out limit_wait float8, out limit_name text,
  out blocked_by text, out finished json, out is_approved boolean, out events json
) language plpgsql as $$
declare
  v_challenge_id uuid;
  v_message_id uuid;
begin
  select u.is_right, u.device_trust, u.guesses_left, u.limit_wait, u.limit_name, u.blocked_by, u.challenge_id, u.message_id
    into is_right, device_trust, guesses_left, limit_wait, limit_name, blocked_by, v_challenge_id, v_message_id
    from vouch.use_code(p_phone_number, '{}', p_askers, p_proofs, p_is_of_network, p_is_test, p_keys, p_names, p_quotas,
      p_window, p_spray_limit, p_block_keys, p_client_ip::inet, p_now) u;
  if is_right is distinct from true then
    return;
  end if;
  finished := vouch.complete_deliveries(p_phone_number, v_challenge_id, v_message_id, p_now);
  is_approved := v_challenge_id = p_id and vouch.mark_approved(p_id, p_now);
  if is_approved then
    events := json_build_array(vouch.record_event(vouch.find_account(p_phone_number), 'number_verified', 'succeeded',
      vouch.masked_number(p_phone_number), 'key ' || p_api_key_id, p_client_ip, p_device, p_now));
  end if;
end $$;

-- Cancels a verification and ends its code. False if it has been approved or canceled. Composite.
create function vouch.cancel_verification(
  p_phone_number text, p_askers bytea[], p_challenge_id uuid, p_now timestamptz
) returns boolean language plpgsql as $$
declare
  v_is_canceled boolean := vouch.mark_canceled(p_challenge_id, p_now);
begin
  if v_is_canceled then
    perform vouch.end_challenge(p_phone_number, p_askers, p_challenge_id, p_now);
  end if;
  return v_is_canceled;
end $$;
