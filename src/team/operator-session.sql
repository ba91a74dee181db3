-- Opens a session of an operator, whose role it returns; null for an account that is none. The code or the link that opens it
-- is fresh. Expired sessions end on the way.
create function vouch.open_operator_session(
  p_key text, p_account_id uuid, p_secret_hash bytea, p_device text, p_address text, p_now timestamptz
) returns text language plpgsql as $$
declare
  v_role text;
  v_expires_at timestamptz := p_now + vouch.operator_session_life();
  v_fresh_until timestamptz := p_now + vouch.fresh_code_life();
begin
  select o.role into v_role from operator o where o.key = p_key and o.account_id = p_account_id for share;
  if v_role is null then
    return null;
  end if;
  delete from operator_session s where s.key = p_key and s.expires_at <= p_now;
  insert into operator_session (key, secret_hash, account_id, created_at, expires_at, fresh_until, device, address)
    values (p_key, p_secret_hash, p_account_id, p_now, v_expires_at, v_fresh_until, p_device, p_address);
  return v_role;
end $$;

-- The operator of a live session; all is null if there is none. The role is that of this moment.
create function vouch.find_operator_session(
  p_key text, p_secret_hash bytea, p_now timestamptz,
  out account_id uuid, out role text, out is_fresh boolean, out expires_at timestamptz
) language plpgsql as $$
begin
  select s.account_id, o.role, coalesce(s.fresh_until > p_now, false), s.expires_at
    into account_id, role, is_fresh, expires_at
    from operator_session s join operator o on o.key = p_key and o.account_id = s.account_id
    where s.key = p_key and s.secret_hash = p_secret_hash and s.expires_at > p_now;
end $$;

-- The same, with the number of the account; all is null if the account or its number is blocked. Composite.
create function vouch.operator_of_session(
  p_key text, p_secret_hash bytea, p_now timestamptz,
  out account_id uuid, out role text, out is_fresh boolean, out expires_at timestamptz, out phone_number text
) language plpgsql as $$
declare
  s record := vouch.find_operator_session(p_key, p_secret_hash, p_now);
  v_phone_number text := case when s.account_id is not null then vouch.number_of(s.account_id) end;
begin
  if v_phone_number is null or vouch.is_blocked_operator(s.account_id, v_phone_number, p_now) then
    return;
  end if;
  account_id := s.account_id;
  role := s.role;
  is_fresh := s.is_fresh;
  expires_at := s.expires_at;
  phone_number := v_phone_number;
end $$;

-- Whether an operator is blocked as a person. Composite.
create function vouch.is_blocked_operator(p_account_id uuid, p_phone_number text, p_now timestamptz) returns boolean
language plpgsql as $$
begin
  return vouch.blocked_by(array['account:' || p_account_id, 'number:' || p_phone_number], p_phone_number, null, p_now)
    is not null;
end $$;

-- Notes that the operator of a live session has entered a fresh code. False if the session has ended, or is another account's.
create function vouch.confirm_operator_session(
  p_key text, p_secret_hash bytea, p_account_id uuid, p_now timestamptz
) returns boolean language plpgsql as $$
declare
  v_fresh_until timestamptz := p_now + vouch.fresh_code_life();
begin
  update operator_session s set fresh_until = v_fresh_until
    where s.key = p_key and s.secret_hash = p_secret_hash and s.account_id = p_account_id and s.expires_at > p_now;
  return found;
end $$;

-- Ends a session.
create function vouch.end_operator_session(p_key text, p_secret_hash bytea) returns uuid language plpgsql as $$
declare
  v_account_id uuid;
begin
  delete from operator_session s where s.key = p_key and s.secret_hash = p_secret_hash returning s.account_id into v_account_id;
  return v_account_id;
end $$;

-- Makes a link that signs an operator in once. False for an account that is no operator. Expired links end on the way.
create function vouch.insert_operator_link(
  p_key text, p_secret_hash bytea, p_account_id uuid, p_made_by text, p_now timestamptz
) returns boolean language plpgsql as $$
declare
  v_expires_at timestamptz := p_now + vouch.operator_link_life();
begin
  perform from operator o where o.key = p_key and o.account_id = p_account_id for share;
  if not found then
    return false;
  end if;
  delete from operator_link l where l.key = p_key and l.expires_at <= p_now;
  insert into operator_link (key, secret_hash, account_id, made_by, expires_at)
    values (p_key, p_secret_hash, p_account_id, p_made_by, v_expires_at);
  return true;
end $$;

-- Uses a link up, and returns its account; null if it has been used, has expired or is unknown.
create function vouch.use_operator_link(p_key text, p_secret_hash bytea, p_now timestamptz) returns uuid
language plpgsql as $$
declare
  v_account_id uuid;
begin
  delete from operator_link l where l.key = p_key and l.secret_hash = p_secret_hash and l.expires_at > p_now
    returning l.account_id into v_account_id;
  return v_account_id;
end $$;
