-- Records a message of a verification: a new row, or one more message of the challenge that goes on. Returns the row.
create function vouch.insert_verification(
  p_id uuid, p_api_key_id text, p_phone_number text, p_channel text, p_expires_at timestamptz, p_now timestamptz
) returns setof verification language plpgsql as $$
begin
  insert into verification (id, api_key_id, phone_number, channel, created_at, expires_at)
    values (p_id, p_api_key_id, p_phone_number, p_channel, p_now, p_expires_at) on conflict (id) do nothing;
  if not found then
    update verification v set channel = p_channel, sent = least(v.sent + 1, 100), expires_at = p_expires_at
      where v.id = p_id;
  end if;
  return query select v.* from verification v where v.id = p_id;
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
-- the same time. It opens no account and no session. `is_approved` is false if the code has been used, or the challenge or the
-- verification has ended meanwhile. Composite.
create function vouch.approve_verification(
  p_phone_number text, p_device_trust text, p_asker bytea, p_challenge_id uuid, p_is_test boolean, p_api_key_id text,
  p_client_ip text, p_device text, p_now timestamptz, out is_approved boolean, out finished json, out events json
) language plpgsql as $$
declare
  v_wrong_guesses int := vouch.use_challenge(
    p_phone_number, p_device_trust, p_asker, p_challenge_id, false, p_now);
begin
  is_approved := v_wrong_guesses is not null and vouch.mark_approved(p_challenge_id, p_now);
  if not is_approved then
    return;
  end if;
  if not p_is_test then
    perform vouch.forgive_guesses(
      p_phone_number, case when p_device_trust = 'unknown_device' then v_wrong_guesses else 0 end, p_now);
  end if;
  finished := vouch.complete_deliveries(p_phone_number, p_challenge_id, p_now);
  events := json_build_array(vouch.record_event(vouch.find_account(p_phone_number), 'number_verified', 'succeeded',
    vouch.masked_number(p_phone_number), 'key ' || p_api_key_id, p_client_ip, p_device, p_now));
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
