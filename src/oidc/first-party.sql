-- Signs a person in by a right code, as `sign_in` does, and writes the grant of the app whose session it opened: all or nothing.
-- `p_grant` has the key, the payload without the account, and the life of the grant in seconds. Composite.
create function vouch.sign_in_app(
  p_phone_number text, p_devices bytea[], p_askers bytea[], p_proofs bytea[], p_is_of_network boolean, p_is_test boolean,
  p_keys text[], p_names text[], p_quotas int[], p_window int, p_spray_limit int, p_block_keys text[],
  p_client_ip text, p_device text, p_account_id uuid, p_own_codes text[], p_invite json, p_session json, p_grant json,
  p_now timestamptz,
  out is_right boolean, out device_trust text, out guesses_left int, out limit_wait float8, out limit_name text,
  out blocked_by text, out finished json, out account_id uuid, out created boolean, out invited boolean,
  out expires_at timestamptz, out device_hash bytea, out on_standbys boolean, out events json, out is_blocked boolean
) language plpgsql as $$
declare
  v_payload jsonb;
begin
  select s.is_right, s.device_trust, s.guesses_left, s.limit_wait, s.limit_name, s.blocked_by, s.finished, s.account_id, s.created,
      s.invited, s.expires_at, s.device_hash, s.on_standbys, s.events, s.is_blocked
    into is_right, device_trust, guesses_left, limit_wait, limit_name, blocked_by, finished, account_id, created,
      invited, expires_at, device_hash, on_standbys, events, is_blocked
    from vouch.sign_in(p_phone_number, p_devices, p_askers, p_proofs, p_is_of_network, p_is_test, p_keys, p_names, p_quotas,
      p_window, p_spray_limit, p_block_keys, p_client_ip, p_device, p_account_id, p_own_codes, p_invite, p_session, p_now) s;
  if expires_at is null then
    return;
  end if;
  v_payload := (p_grant ->> 'payload')::jsonb || jsonb_build_object('accountId', account_id);
  perform vouch.insert_oidc_grant(p_grant ->> 'key', v_payload::json, account_id, decode(p_session ->> 'secretHash', 'hex'),
    (p_grant ->> 'lifeSeconds')::float8, p_now);
end $$;

-- The record of an `auth_session`, and the time of the database; all is null if there is none. It counts the request against the
-- limit of the session: `limit_wait` is the seconds to wait, or null. Composite.
create function vouch.use_auth_session(
  p_key text, p_quota int, p_window int, p_now timestamptz, out payload json, out read_at timestamptz, out limit_wait float8
) language plpgsql as $$
declare
  r record := vouch.oidc_record_of(p_key, p_now);
  c record;
begin
  if r.key is null then
    return;
  end if;
  c := vouch.consume(array[p_key], array['auth_session'], array[p_quota], p_window, true, p_now);
  payload := r.payload;
  read_at := p_now;
  limit_wait := case when not c.is_allowed then c.limit_wait end;
end $$;
