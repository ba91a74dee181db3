-- Opens a session on a trusted device, and returns its latest expiry.
create function vouch.insert_session(
  p_account_id uuid, p_secret_hash bytea, p_id uuid, p_life_seconds float8, p_device text, p_address text,
  p_trusted_device bytea, p_now timestamptz
) returns timestamptz language plpgsql as $$
declare
  v_expires_at timestamptz := p_now + make_interval(secs => p_life_seconds);
begin
  insert into session (account_id, secret_hash, id, created_at, last_used_at, expires_at, device, address, trusted_device)
    values (p_account_id, p_secret_hash, p_id, p_now, p_now, v_expires_at, p_device, p_address, p_trusted_device);
  return v_expires_at;
end $$;

-- Ends the session that the client had before it signed in again (OWASP ASVS 7.2.4).
create function vouch.delete_session(p_account_id uuid, p_secret_hash bytea) returns void language plpgsql as $$
begin
  delete from session s where s.account_id = p_account_id and s.secret_hash = p_secret_hash;
end $$;
