-- Acts of operators on people. Each is a composite that records itself: `p_actor` is made by `actArguments`.

-- Lets a number try now: forgets its wrong codes, its messages and its challenges, so that no limit of the number refuses it.
-- Open codes end. Composite.
create function vouch.let_number_try(
  p_phone_number text, p_actor json, p_target text, p_now timestamptz, out was_locked boolean, out had_limits boolean, out act json
) language plpgsql as $$
begin
  was_locked := vouch.failures_of(p_phone_number) >= vouch.max_failures();
  perform vouch.forget_challenges(p_phone_number);
  had_limits := vouch.forget_messages(p_phone_number);
  act := vouch.record_act(vouch.find_account(p_phone_number), 'unlock_number', p_actor, p_target,
    vouch.masked_number(p_phone_number),
    case when was_locked then 'was locked' when had_limits then 'had limits' else 'had none' end, null, null, p_now);
end $$;

-- Ends the sessions of a person and the trust of their devices. Composite.
create function vouch.end_person_sessions(
  p_phone_number text, p_account_id uuid, p_actor json, p_target text, p_now timestamptz,
  out ended int, out on_standbys boolean, out act json
) language plpgsql as $$
declare
  v_account_id uuid := vouch.lock_account(p_phone_number);
  s record;
begin
  s := vouch.end_all_sessions(case when v_account_id = p_account_id then p_account_id end);
  ended := cardinality(s.ended);
  on_standbys := s.on_standbys;
  act := vouch.record_act(p_account_id, 'end_sessions', p_actor, p_target, vouch.masked_number(p_phone_number),
    'sessions: ' || ended, null, null, p_now, s.ended);
end $$;

-- Changes the profile of a person; `taken` as in `change_profile`. The audit trail has keyed hashes of the values. Composite.
create function vouch.change_person(
  p_account_id uuid, p_changes json, p_name_keys text[], p_email_key text, p_actor json, p_target text, p_now timestamptz,
  out is_known boolean, out taken text, out act json
) language plpgsql as $$
declare
  v_before json := vouch.account_fields(p_account_id);
  u record;
begin
  is_known := v_before is not null;
  taken := vouch.find_taken(p_account_id, p_name_keys, p_email_key);
  if not is_known or taken is not null then
    return;
  end if;
  u := vouch.update_account(p_account_id, p_changes, p_name_keys, p_email_key);
  is_known := u.old_keys is not null;
  if is_known then
    perform vouch.replace_names(u.old_keys, u.new_keys, p_account_id);
    if p_changes -> 'first_name' is not null then
      perform vouch.show_first_name(p_account_id, p_changes ->> 'first_name');
    end if;
    act := vouch.record_act(p_account_id, 'change_person', p_actor, p_target,
      vouch.masked_number(vouch.number_of(p_account_id)),
      (select string_agg(k, ', ' order by k) from json_object_keys(p_changes) k),
      vouch.hashed_fields(p_actor, v_before, p_changes), vouch.hashed_fields(p_actor, p_changes, p_changes), p_now);
  end if;
end $$;

-- The values of some fields as the audit trail keeps them.
create function vouch.hashed_fields(p_actor json, p_values json, p_fields json) returns json language plpgsql as $$
begin
  return (select json_object_agg(k, vouch.personal_hash(p_actor, p_values ->> k)) from json_object_keys(p_fields) k);
end $$;

-- Erases a person and tells what was removed; all counts are null if somebody has erased the account meanwhile. Composite.
create function vouch.erase_person(
  p_account_id uuid, p_pair_key bytea, p_keep_days float8, p_actor json, p_target text, p_now timestamptz,
  out erased boolean, out sessions int, out devices int, out messages int, out invited int,
  out on_standbys boolean, out act json
) language plpgsql as $$
declare
  v_phone_number text := vouch.number_of(p_account_id);
  v_ended uuid[];
  c record;
begin
  erased := false;
  if v_phone_number is null or vouch.delete_number_account(v_phone_number, p_account_id) is null then
    return;
  end if;
  v_ended := vouch.session_ids_of(p_account_id);
  c := vouch.count_sessions(p_account_id);
  sessions := c.sessions;
  devices := c.devices;
  messages := json_array_length(vouch.messages_to(v_phone_number, p_keep_days, p_now));
  invited := (vouch.invite_of(p_account_id)).invited_count;
  perform vouch.erase_records(p_account_id, v_phone_number, p_pair_key, p_now);
  act := vouch.record_act(p_account_id, 'erase_person', p_actor, p_target, vouch.masked_number(v_phone_number), null, null,
    null, p_now, v_ended);
  erased := true;
  on_standbys := vouch.has_standbys(vouch.all_standbys());
end $$;

-- Closes the invite code of a person, or opens it again. `changed` is false if it was so already. Composite.
create function vouch.stop_invite(
  p_account_id uuid, p_is_stopped boolean, p_actor json, p_target text, p_now timestamptz, out changed boolean, out act json
) language plpgsql as $$
begin
  changed := vouch.set_stopped(p_account_id, p_is_stopped, p_now);
  if changed then
    act := vouch.record_act(p_account_id, 'close_invite', p_actor, p_target,
      vouch.masked_number(vouch.number_of(p_account_id)), case when p_is_stopped then 'closed' else 'opened again' end,
      null, null, p_now);
  end if;
end $$;
