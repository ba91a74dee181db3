-- The session of a pass, with the number of its account if `p_with_number`; null without a live one. It writes nothing: a request
-- to a protected app is no use of the session. Composite.
create function vouch.resolve_session(
  p_account_id uuid, p_secret_hash bytea, p_idle_seconds float8, p_with_number boolean, p_now timestamptz,
  out session_id uuid, out phone_number text
) language plpgsql as $$
declare
  l record := vouch.live_session(p_account_id, p_secret_hash, p_idle_seconds, p_now);
begin
  session_id := l.id;
  if session_id is not null and p_with_number then
    phone_number := vouch.number_of(p_account_id);
  end if;
end $$;
