-- A grant of an app has a session of the person, which the person sees and ends as any other: everything that the grant issued
-- ends with it.

-- Writes the record of a grant; false if there is one.
create function vouch.insert_oidc_grant(
  p_key text, p_payload json, p_account_id uuid, p_session_hash bytea, p_life_seconds float8, p_now timestamptz
) returns boolean language plpgsql as $$
declare
  v_expires_at timestamptz := p_now + make_interval(secs => p_life_seconds);
begin
  insert into oidc_record (key, payload, account_id, session_hash, expires_at)
    values (p_key, p_payload, p_account_id, p_session_hash, v_expires_at) on conflict (key) do nothing;
  if found then
    return true;
  end if;
  update oidc_record r set payload = p_payload where r.key = p_key;
  return false;
end $$;

-- Notes that an app gets a notice when the session of a grant ends. Composite.
create function vouch.note_oidc_logout(
  p_key text, p_client_id text, p_sid text, p_life_seconds float8, p_idle_seconds float8, p_now timestamptz
) returns void language plpgsql as $$
declare
  g record := vouch.oidc_record_of(p_key, p_now);
  l record := vouch.live_session(g.account_id, g.session_hash, p_idle_seconds, p_now);
begin
  if l.id is not null then
    perform vouch.insert_logout_notice(l.id, g.account_id, p_client_id, p_sid, p_life_seconds, p_now);
  end if;
end $$;

-- Opens a grant with its session, within the maximum of the person's sessions, or changes the scopes of an open one. Nothing is
-- done, and `is_alive` is false, if the account has been erased meanwhile. Composite.
create function vouch.open_oidc_grant(
  p_key text, p_payload json, p_account_id uuid, p_session_hash bytea, p_session_id uuid, p_life_seconds float8,
  p_sessions_max int, p_app text, p_address text, p_client_ip text, p_device text, p_now timestamptz,
  out is_alive boolean, out on_standbys boolean, out events json
) language plpgsql as $$
declare
  v_number text := vouch.number_of(p_account_id);
  v_ended uuid[];
begin
  is_alive := v_number is not null and vouch.lock_account(v_number) is not distinct from p_account_id;
  on_standbys := false;
  if not is_alive
    or not vouch.insert_oidc_grant(p_key, p_payload, p_account_id, p_session_hash, p_life_seconds, p_now) then
    return;
  end if;
  v_ended := vouch.end_least_used(p_account_id, p_sessions_max, p_now);
  perform vouch.insert_session(p_account_id, p_session_hash, p_session_id, p_life_seconds, p_app, p_address, null, p_now);
  on_standbys := v_ended <> '{}' and vouch.has_standbys(vouch.all_standbys());
  events := json_build_array(vouch.record_event(p_account_id, 'signed_in', 'succeeded', vouch.masked_number(v_number),
    'app ' || p_app, p_client_ip, p_device, p_now, p_session_id, v_ended));
end $$;
