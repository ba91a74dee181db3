-- Inserts an act. `p_actor` is made by `actArguments` of src/audit/act.ts.
create function vouch.insert_act(
  p_account_id uuid, p_act text, p_actor json, p_target text, p_number text, p_details text, p_before json, p_after json,
  p_now timestamptz, p_ended uuid[] default null
) returns void language plpgsql as $$
begin
  insert into audit_event (account_id, at, event, result, number, client_ip, device, details, actor, actor_id, role, act,
      target, reason, before, after, ended_sessions)
    values (p_account_id, p_now, 'operator_act', 'succeeded', p_number, p_actor ->> 'client_ip',
      coalesce(p_actor ->> 'device', ''), p_details, p_actor ->> 'kind', p_actor ->> 'id', p_actor ->> 'role', p_act,
      p_target, p_actor ->> 'reason', p_before, p_after,
      case when cardinality(p_ended) > 0 then to_json(p_ended) end);
end $$;

-- Records an act of an operator, an API key or the command line in the transaction that does it, as `record_event` does for
-- people; a `RecordedAct` for the log. The account and the target say whom or what it concerns. The number is masked, the
-- details are a text of ours, and personal values before and after are hashed by `personal_hash`. `p_ended`: the
-- ids of the sessions that it ended. Composite.
create function vouch.record_act(
  p_account_id uuid, p_act text, p_actor json, p_target text, p_number text, p_details text, p_before json, p_after json,
  p_now timestamptz, p_ended uuid[] default null
) returns json language plpgsql as $$
begin
  perform vouch.insert_act(coalesce(p_account_id, vouch.no_account()), p_act, p_actor, p_target, p_number, p_details,
    p_before, p_after, p_now, p_ended);
  return json_build_object('act', p_act, 'account_id', p_account_id, 'target', p_target, 'number', p_number,
    'details', p_details, 'actor', p_actor ->> 'kind', 'actor_id', p_actor ->> 'id', 'role', p_actor ->> 'role');
end $$;

-- A personal value as the audit trail keeps it: a keyed hash, the same for the same value, so that a change can be told.
create function vouch.personal_hash(p_actor json, p_value text) returns text language plpgsql immutable as $$
begin
  if p_actor ->> 'hash_key' is null then
    raise exception 'actArguments was given no keys';
  end if;
  return 'hmac:' || encode(substring(
    vouch.keyed_hash(decode(p_actor ->> 'hash_key', 'hex'), convert_to(p_value, 'UTF8')) from 1 for 16), 'hex');
end $$;
