-- Inserts a security event of an account.
create function vouch.insert_event(
  p_account_id uuid, p_event text, p_result text, p_number text, p_details text, p_client_ip text, p_device text,
  p_session_id uuid, p_ended uuid[], p_now timestamptz
) returns void language plpgsql as $$
begin
  insert into audit_event (account_id, at, event, result, number, client_ip, device, details, session_id, ended_sessions)
    values (p_account_id, p_now, p_event, p_result, p_number, p_client_ip, p_device, p_details, p_session_id,
      case when cardinality(p_ended) > 0 then to_json(p_ended) end);
end $$;

-- Records a security event in the transaction that causes it, so that neither exists without the other. Returns it as a
-- `RecordedEvent`, for the log. The number is masked, and the details are a text of ours. Webhooks tell of the session that
-- the event opened, and of those that it ended, by their ids. Composite.
create function vouch.record_event(
  p_account_id uuid, p_event text, p_result text, p_number text, p_details text, p_client_ip text, p_device text,
  p_now timestamptz, p_session_id uuid default null, p_ended uuid[] default null
) returns json language plpgsql as $$
begin
  perform vouch.insert_event(coalesce(p_account_id, vouch.no_account()), p_event, p_result, p_number, p_details,
    p_client_ip, p_device, p_session_id, p_ended, p_now);
  return json_build_object(
    'event', p_event, 'result', p_result, 'account_id', p_account_id, 'number', p_number, 'details', p_details);
end $$;

-- The newest events of an account, as a JSON array of `EventRow` without the account and its number. The owner learns the name
-- of an act, and neither who did it nor from where.
create function vouch.events_of(p_account_id uuid, p_count int) returns json language plpgsql as $$
declare
  v_events json;
begin
  select json_agg(e) into v_events from (
    select a.at, a.event, a.result, case when a.actor = 'person' then a.client_ip end as client_ip,
        case when a.actor = 'person' then a.device else '' end as device, coalesce(a.act, a.details) as details
      from audit_event a
      where a.account_id = p_account_id order by a.at desc, a.id desc limit p_count) e;
  return coalesce(v_events, '[]');
end $$;

-- The account of an event that has none: the nil id (RFC 9562, 5.9).
create function vouch.no_account() returns uuid language sql immutable return '00000000-0000-0000-0000-000000000000'::uuid;

-- Records that a code was wrong, for the account of the number, if there is one. Composite.
create function vouch.record_wrong_code(
  p_phone_number text, p_number text, p_client_ip text, p_device text, p_now timestamptz, out events json
) language plpgsql as $$
begin
  events := json_build_array(vouch.record_event(
    vouch.find_account(p_phone_number), 'signed_in', 'failed', p_number, null, p_client_ip, p_device, p_now));
end $$;

-- A phone number as `maskPhoneNumber` of src/kit/phone-number.ts shows it: its country code and its last two digits remain.
create function vouch.masked_number(p_phone_number text) returns text language plpgsql immutable as $$
declare
  v_code text := coalesce(substring(p_phone_number from '^\+('
    '[17]|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|'
    '21[12368]|22\d|23\d|24\d|25[0-8]|26\d|29[01789]|35\d|37[0-8]|38[0-35-79]|42[013]|'
    '50\d|59\d|67[02-9]|68[0-35-9]|69[0-2]|80[08]|85[02356]|87[08]|88[0-368]|96[0-8]|97[0-79]|99[2-68])'), '');
begin
  return '+' || v_code || ' ' || repeat('•', length(p_phone_number) - length(v_code) - 3) || ' ' || right(p_phone_number, 2);
end $$;

-- Whether an event with these details was recorded within a minute, so that repeated changes cannot flood the trail.
create function vouch.was_recorded(p_account_id uuid, p_event text, p_details text, p_now timestamptz) returns boolean
language plpgsql as $$
declare
  v_since timestamptz := p_now - interval '1 minute';
begin
  perform from audit_event e
    where e.account_id = p_account_id and e.at > v_since and e.event = p_event and e.details = p_details;
  return found;
end $$;
