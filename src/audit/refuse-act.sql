-- Inserts an act that the rules refuse to its actor.
create function vouch.insert_refused_act(
  p_account_id uuid, p_act text, p_actor json, p_target text, p_now timestamptz
) returns void language plpgsql as $$
begin
  insert into audit_event (account_id, at, event, result, client_ip, device, actor, actor_id, role, act, target, reason)
    values (p_account_id, p_now, 'operator_act', 'refused', p_actor ->> 'client_ip', coalesce(p_actor ->> 'device', ''),
      p_actor ->> 'kind', p_actor ->> 'id', p_actor ->> 'role', p_act, p_target, p_actor ->> 'reason');
end $$;

-- Records a refused act unless the bucket `p_key` of its actor is full, so that a flood cannot grow the trail. It belongs to
-- no account: the row of a person is not for whoever may not act on them. Whether it was recorded. Composite.
create function vouch.record_refused_act(
  p_key text, p_quota int, p_window int, p_act text, p_actor json, p_target text, p_now timestamptz
) returns boolean language plpgsql as $$
begin
  if vouch.take_unit(p_key, p_quota, p_window, true, p_now) is not null then
    return false;
  end if;
  perform vouch.insert_refused_act(vouch.no_account(), p_act, p_actor, p_target, p_now);
  return true;
end $$;
