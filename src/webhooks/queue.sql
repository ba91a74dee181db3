-- Events for webhooks: each is a row of the audit trail, or of `message_event`, and so was written by the function that made
-- it true. They are queued in the transaction that seals them, and get a number of each endpoint without gaps.

-- The types of the events that a row of the audit trail stands for. A session is revoked before whatever ended it.
create function vouch.event_types(
  p_event text, p_result text, p_act text, p_details text, p_session_id uuid, p_ended json
) returns text[] language sql immutable
return case when p_result = 'succeeded' then array_remove(array[
  case when p_ended is not null then 'session.revoked' end,
  case
    when p_act = 'import_people' and p_details = 'a new account' then 'user.created'
    when p_event = 'signed_in' and p_details = 'a new account' then 'user.created'
    when p_event = 'profile_changed' or p_act = 'change_person' then 'user.updated'
    when p_event = 'account_erased' or p_act = 'erase_person' then 'user.erased'
    when p_act = 'block' then 'user.blocked'
    when p_event = 'invite_redeemed' then 'invite.redeemed'
  end,
  case when p_session_id is not null then 'session.created' end
], null) else '{}' end;

-- The data of an event: ids only.
create function vouch.event_data(p_type text, p_account_id uuid, p_details text, p_session_id uuid, p_ended json)
returns json language sql immutable
return json_strip_nulls(json_build_object(
  'user_id', nullif(p_account_id, vouch.no_account()),
  'inviter_id', case when p_type = 'invite.redeemed' then substring(p_details from '^inviter (.*)') end,
  'session_id', case when p_type = 'session.created' then p_session_id end,
  'session_ids', case when p_type = 'session.revoked' then p_ended end));

-- The endpoints that ask for a type of event.
create function vouch.endpoints_for(p_max int, p_type text) returns table (id text, with_numbers boolean)
language plpgsql as $$
begin
  return query select e.id, e.with_numbers from webhook_endpoint e where p_type = any(e.events) order by e.id limit p_max;
end $$;

-- Queues an event for one endpoint under its next number; null if it is deleted. A disabled one keeps it for later.
create function vouch.queue_delivery(
  p_id text, p_event_id text, p_type text, p_at timestamptz, p_account_id uuid, p_data json, p_phone_number text,
  p_now timestamptz
) returns bigint language plpgsql as $$
declare
  v_seq bigint;
  v_is_enabled boolean;
begin
  update webhook_endpoint e set last_seq = e.last_seq + 1 where e.id = p_id
    returning e.last_seq, e.disabled_at is null into v_seq, v_is_enabled;
  if v_seq is not null then
    insert into webhook_delivery (endpoint_id, seq, event_id, type, at, account_id, data, phone_number, state, next_at)
      values (p_id, v_seq, p_event_id, p_type, p_at, p_account_id, p_data, p_phone_number,
        case when v_is_enabled then 'waiting' else 'paused' end, case when v_is_enabled then p_now end);
  end if;
  return v_seq;
end $$;

-- Queues an event for each endpoint that asks for its type. Only one that asks for numbers gets that of a message. Composite.
create function vouch.queue_event(
  p_event_id text, p_type text, p_at timestamptz, p_account_id uuid, p_data json, p_phone_number text, p_now timestamptz
) returns void language plpgsql as $$
declare
  w record;
begin
  for w in select * from vouch.endpoints_for(1000, p_type) loop
    perform vouch.queue_delivery(w.id, p_event_id, p_type, p_at, p_account_id, p_data,
      case when w.with_numbers then p_phone_number end, p_now);
  end loop;
end $$;

-- The types that any endpoint asks for.
create function vouch.wanted_types(p_max int) returns setof text language plpgsql as $$
begin
  return query select distinct t from webhook_endpoint e, unnest(e.events) t limit p_max;
end $$;

-- Seals a batch of events of the audit trail and queues those that an endpoint asks for, and the events of messages. Returns
-- the count of both, and whether there is an endpoint. Composite.
create function vouch.dispatch_events(
  p_max int, p_key_id text, p_key bytea, p_now timestamptz, out dispatched int, out has_endpoints boolean
) language plpgsql as $$
declare
  v_wanted text[] := array(select * from vouch.wanted_types(100));
  v_types text[];
  e record;
begin
  dispatched := 0;
  has_endpoints := cardinality(v_wanted) > 0;
  for e in select * from vouch.seal_events(p_max, p_key_id, p_key, p_now) loop
    dispatched := dispatched + 1;
    perform vouch.queue_logouts(e.ended, p_now);
    v_types := vouch.event_types(e.event, e.result, e.act, e.details, e.session_id, e.ended);
    for i in 1 .. cardinality(v_types) loop
      continue when not v_types[i] = any(v_wanted);
      perform vouch.queue_event('evt_' || e.id || '_' || i, v_types[i], e.at, e.account_id,
        vouch.event_data(v_types[i], e.account_id, e.details, e.session_id, e.ended), null, p_now);
    end loop;
  end loop;
  for e in select * from vouch.message_events(p_max) loop
    dispatched := dispatched + 1;
    if vouch.delete_message_event(e.phone_number, e.id, e.type) then
      perform vouch.queue_event('msg_' || replace(e.id::text, '-', '') || '_' || e.type, 'code.' || e.type, e.at, null,
        json_build_object('message_id', e.id, 'country', e.country, 'channel', e.channel, 'provider', e.provider),
        e.phone_number, p_now);
    end if;
  end loop;
end $$;

-- Whether an endpoint asks for events of messages.
create function vouch.wants_messages(p_max int) returns boolean language plpgsql as $$
declare
  v_id text;
begin
  select e.id into v_id from webhook_endpoint e where e.events && '{code.sent,code.failed}' limit p_max;
  return found;
end $$;

-- Forgets the number of an erased person in events that wait.
create function vouch.forget_webhook_number(p_phone_number text) returns void language plpgsql as $$
begin
  update webhook_delivery d set phone_number = null where d.phone_number = p_phone_number;
end $$;
