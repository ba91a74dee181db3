-- The age of a session up to which it can erase the account, so that a session left open somewhere cannot.
create function vouch.erase_within() returns interval language sql immutable return interval '300 s';

-- The profiles of the owners of credentials, with a page of the people whom they invited; none for a credential without a
-- live session. `ordinal` is the index of the credential, from 1 on; `redeemed_ms` is the time in milliseconds since 1970,
-- the same in a row and in JSON; `is_touch_due` is true if a standby could not write the
-- last use of the session.
create function vouch.read_profiles(
  p_account_ids uuid[], p_secret_hashes bytea[], p_idle_seconds float8, p_cursor_micros bigint, p_cursor_id uuid,
  p_count int, p_now timestamptz
) returns table (
  ordinal int, id uuid, phone_number text, username text, first_name text, last_name text, email text, own_code text,
  redeemed_code text, redeemed_ms float8, invited_count int, invited json, is_touch_due boolean
) language plpgsql as $$
declare
  v_idle_since timestamptz := p_now - make_interval(secs => p_idle_seconds);
  v_last_used_at timestamptz;
begin
  for i in 1 .. cardinality(p_account_ids) loop
    select s.last_used_at, a.id, a.phone_number, a.username, a.first_name, a.last_name, a.email, own.code, own.redeemed_code,
        extract(epoch from own.redeemed_at) * 1000, own.invited_count
      into v_last_used_at, id, phone_number, username, first_name, last_name, email, own_code, redeemed_code, redeemed_ms,
        invited_count
      from session s
      join account a on a.id = s.account_id
      join invite own on own.account_id = s.account_id
      where s.account_id = p_account_ids[i] and s.secret_hash = p_secret_hashes[i]
        and s.expires_at > p_now and s.last_used_at > v_idle_since;
    continue when not found;
    ordinal := i;
    invited := case when invited_count > 0
      then vouch.invited_page(p_account_ids[i], p_cursor_micros, p_cursor_id, p_count) else '[]' end;
    -- spares most reads the call, which looks again
    is_touch_due := v_last_used_at <= p_now - vouch.touch_interval();
    if is_touch_due and not pg_is_in_recovery() then
      perform vouch.touch_session(p_account_ids[i], p_secret_hashes[i], v_last_used_at, p_now);
      is_touch_due := false;
    end if;
    return next;
  end loop;
end $$;

-- The same at a standby, the first page of each; `VO003` unless it has replayed so far. Composite.
create function vouch.read_profiles_at_standby(
  p_account_ids uuid[], p_secret_hashes bytea[], p_idle_seconds float8, p_count int, p_timeline text, p_seq bigint,
  p_now timestamptz
) returns table (
  ordinal int, id uuid, phone_number text, username text, first_name text, last_name text, email text, own_code text,
  redeemed_code text, redeemed_ms float8, invited_count int, invited json, is_touch_due boolean
) language plpgsql as $$
begin
  perform vouch.require_replay(p_timeline, p_seq);
  return query select * from vouch.read_profiles(p_account_ids, p_secret_hashes, p_idle_seconds, null, null, p_count, p_now);
end $$;

-- Changes the profile of the owner of a session. A refusal because a user name or an address is taken counts against the
-- buckets; with none left, the reason is not revealed, and `wait` is positive. The caller reads the new profile. Composite.
create function vouch.change_profile(
  p_account_id uuid, p_secret_hash bytea, p_idle_seconds float8, p_keys text[], p_names text[], p_quotas int[],
  p_window int, p_changes json, p_name_keys text[], p_email_key text, p_details text, p_client_ip text, p_device text,
  p_now timestamptz, out alive boolean, out taken text, out wait float8, out events json
) language plpgsql as $$
declare
  l record := vouch.live_session(p_account_id, p_secret_hash, p_idle_seconds, p_now);
  c record;
  u record;
begin
  alive := l.id is not null;
  wait := 0;
  if not alive then
    return;
  end if;
  perform vouch.touch_session(p_account_id, p_secret_hash, l.last_used_at, p_now);
  if p_name_keys is not null or p_email_key is not null then
    taken := vouch.find_taken(p_account_id, p_name_keys, p_email_key);
    c := vouch.consume(p_keys, p_names, p_quotas, p_window, taken is not null, p_now);
    if not c.is_allowed then
      wait := greatest(1, c.limit_wait);
      taken := null;
      return;
    end if;
  end if;
  if taken is null then
    u := vouch.update_account(p_account_id, p_changes, p_name_keys, p_email_key);
    alive := u.old_keys is not null;
    if alive then
      perform vouch.replace_names(u.old_keys, u.new_keys, p_account_id);
      if p_changes -> 'first_name' is not null then
        perform vouch.show_first_name(p_account_id, p_changes ->> 'first_name');
      end if;
    end if;
  end if;
  if alive and (taken is not null
    or (p_details <> '' and not vouch.was_recorded(p_account_id, 'profile_changed', p_details, p_now))) then
    events := json_build_array(vouch.record_event(p_account_id, 'profile_changed',
      case when taken is null then 'succeeded' else 'refused' end, vouch.masked_number(vouch.number_of(p_account_id)),
      coalesce(taken, p_details), p_client_ip, p_device, p_now));
  end if;
end $$;

-- The same, with the new profile.
create function vouch.change_and_read_profile(
  p_account_id uuid, p_secret_hash bytea, p_idle_seconds float8, p_keys text[], p_names text[], p_quotas int[],
  p_window int, p_changes json, p_name_keys text[], p_email_key text, p_details text, p_client_ip text, p_device text,
  p_count int, p_now timestamptz, out alive boolean, out taken text, out wait float8, out events json, out profile json
) language plpgsql as $$
declare
  c record := vouch.change_profile(p_account_id, p_secret_hash, p_idle_seconds, p_keys, p_names, p_quotas, p_window,
    p_changes, p_name_keys, p_email_key, p_details, p_client_ip, p_device, p_now);
begin
  alive := c.alive;
  taken := c.taken;
  wait := c.wait;
  events := c.events;
  if alive and taken is null and wait = 0 then
    select to_json(p) into profile
      from vouch.read_profiles(array[p_account_id], array[p_secret_hash], p_idle_seconds, null, null, p_count, p_now) p;
  end if;
end $$;

-- Erases the account of the owner of a session, with all its sessions, by a recent one. `erased` is false if the session is
-- not recent, or if another request has erased the account meanwhile; `on_standbys`: whether standbys may still have them.
-- Composite.
create function vouch.erase_account(
  p_account_id uuid, p_secret_hash bytea, p_idle_seconds float8, p_pair_key bytea, p_client_ip text, p_device text,
  p_now timestamptz, out alive boolean, out recent boolean, out erased boolean, out on_standbys boolean, out events json
) language plpgsql as $$
declare
  l record := vouch.live_session(p_account_id, p_secret_hash, p_idle_seconds, p_now);
  v_phone_number text;
  v_ended uuid[];
begin
  alive := l.id is not null;
  recent := coalesce(l.created_at > p_now - vouch.erase_within(), false);
  erased := false;
  if not recent then
    return;
  end if;
  v_phone_number := vouch.number_of(p_account_id);
  if v_phone_number is null or vouch.delete_number_account(v_phone_number, p_account_id) is null then
    return;
  end if;
  v_ended := vouch.session_ids_of(p_account_id);
  perform vouch.erase_records(p_account_id, v_phone_number, p_pair_key, p_now);
  events := json_build_array(vouch.record_event(p_account_id, 'account_erased', 'succeeded',
    vouch.masked_number(v_phone_number), null, p_client_ip, p_device, p_now, p_ended => v_ended));
  erased := true;
  on_standbys := vouch.has_standbys(vouch.all_standbys());
end $$;

-- Erases what the tables have of a person whose number has been taken away. Composite.
create function vouch.erase_records(p_account_id uuid, p_phone_number text, p_pair_key bytea, p_now timestamptz)
returns void language plpgsql as $$
begin
  perform vouch.anonymize_deliveries(p_phone_number);
  perform vouch.delete_refusals(vouch.number_ending(p_phone_number), p_phone_number);
  perform vouch.replace_names(vouch.delete_account(p_account_id), '{}', p_account_id);
  perform vouch.end_invite(p_account_id, p_phone_number, p_pair_key, p_now);
  perform vouch.forget_operator('operators', p_account_id);
end $$;
