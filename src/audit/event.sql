-- Records a security event in the transaction that causes it, so that neither exists without the other. Returns it as a
-- `RecordedEvent`, for the log. The number is masked, and the details are a text of ours.
create function vouch.record_event(
  p_account_id uuid, p_event text, p_result text, p_number text, p_details text, p_client_ip text, p_device text,
  p_now timestamptz
) returns json language plpgsql as $$
begin
  insert into audit_event (at, event, result, account_id, number, client_ip, device, details)
    values (p_now, p_event, p_result, p_account_id, p_number, p_client_ip, p_device, p_details);
  return json_build_object(
    'event', p_event, 'result', p_result, 'account_id', p_account_id, 'number', p_number, 'details', p_details);
end $$;

-- Records that a code was wrong, for the account of the number, if there is one. Composite.
create function vouch.record_wrong_code(
  p_phone_number text, p_number text, p_client_ip text, p_device text, p_now timestamptz, out events json
) language plpgsql as $$
begin
  events := json_build_array(vouch.record_event(
    vouch.find_account(p_phone_number), 'signed_in', 'failed', p_number, null, p_client_ip, p_device, p_now));
end $$;
