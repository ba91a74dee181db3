-- The data of the owner of a session beside the profile and the sessions: `OwnRecords`. All is null without a live session.
-- Composite.
create function vouch.read_own_records(
  p_account_id uuid, p_secret_hash bytea, p_idle_seconds float8, p_keep_days float8, p_max_events int, p_now timestamptz,
  out now timestamptz, out created_at timestamptz, out messages json, out events json, out trusted_devices json
) language plpgsql as $$
declare
  l record := vouch.live_session(p_account_id, p_secret_hash, p_idle_seconds, p_now);
  v_phone_number text;
begin
  if l.id is null then
    return;
  end if;
  v_phone_number := vouch.number_of(p_account_id);
  if v_phone_number is null then
    return;
  end if;
  now := p_now;
  created_at := vouch.created_at_of(p_account_id);
  messages := vouch.messages_to(v_phone_number, p_keep_days, p_now);
  events := vouch.events_of(p_account_id, p_max_events);
  trusted_devices := vouch.trusted_devices_of(p_account_id);
end $$;
