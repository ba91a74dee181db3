-- The account of a number; null if there is none.
create function vouch.find_account(p_phone_number text) returns uuid language plpgsql as $$
begin
  return (select a.id from account a where a.phone_number = p_phone_number);
end $$;

-- The same, and until the transaction ends it cannot be erased, and nobody else signs in to it.
create function vouch.lock_account(p_phone_number text) returns uuid language plpgsql as $$
declare
  v_id uuid;
begin
  select a.id into v_id from account a where a.phone_number = p_phone_number for no key update;
  return v_id;
end $$;

-- Creates the account of a number. If another sign-in has done so at the same moment, the caller has to start anew.
create function vouch.insert_account(p_phone_number text, p_id uuid, p_now timestamptz) returns void language plpgsql as $$
begin
  insert into account (id, phone_number, created_at) values (p_id, p_phone_number, p_now)
    on conflict (phone_number) do nothing;
  if not found then
    raise 'the number has an account by now' using errcode = 'VO002';
  end if;
end $$;

-- The number of an account; null if it is erased.
create function vouch.number_of(p_account_id uuid) returns text language plpgsql as $$
begin
  return (select a.phone_number from account a where a.id = p_account_id);
end $$;

-- The same, and nobody else changes or erases the account until the transaction ends.
create function vouch.lock_number_of(p_account_id uuid) returns text language plpgsql as $$
declare
  v_phone_number text;
begin
  select a.phone_number into v_phone_number from account a where a.id = p_account_id for update;
  return v_phone_number;
end $$;

-- Erases an account, with its sessions and trusted devices.
create function vouch.delete_account(p_account_id uuid) returns void language plpgsql as $$
begin
  delete from account a where a.id = p_account_id;
end $$;

-- Whether another account has a user name, by one of its three skeletons, or an e-mail address: `username_taken` or
-- `email_taken`, or null. So a common refusal does not depend on a failing constraint.
create function vouch.find_taken(p_account_id uuid, p_name_keys text[], p_email_key text) returns text language plpgsql as $$
begin
  if p_name_keys is not null then
    perform from account a where a.id <> p_account_id and (a.username_key_small = p_name_keys[1]
      or a.username_key_capital = p_name_keys[2] or a.username_key_written = p_name_keys[3]);
    if found then
      return 'username_taken';
    end if;
  end if;
  if p_email_key is not null then
    perform from account a where a.id <> p_account_id and a.email_key = p_email_key;
    if found then
      return 'email_taken';
    end if;
  end if;
  return null;
end $$;

-- Changes the fields of an account that `p_changes` has; null clears one. If another transaction takes a user name or an
-- address at the same moment, the caller has to start anew. False if the account has been erased meanwhile.
create function vouch.update_account(p_account_id uuid, p_changes json, p_name_keys text[], p_email_key text)
returns boolean language plpgsql as $$
declare
  a account%rowtype;
begin
  select * into a from account o where o.id = p_account_id for update;
  if not found then
    return false;
  end if;
  if p_changes -> 'username' is not null then
    a.username := p_changes ->> 'username';
    a.username_key_small := p_name_keys[1];
    a.username_key_capital := p_name_keys[2];
    a.username_key_written := p_name_keys[3];
  end if;
  if p_changes -> 'email' is not null then
    a.email := p_changes ->> 'email';
    a.email_key := p_email_key;
  end if;
  a.first_name := case when p_changes -> 'first_name' is not null then p_changes ->> 'first_name' else a.first_name end;
  a.last_name := case when p_changes -> 'last_name' is not null then p_changes ->> 'last_name' else a.last_name end;
  update account o set username = a.username, username_key_small = a.username_key_small,
      username_key_capital = a.username_key_capital, username_key_written = a.username_key_written,
      first_name = a.first_name, last_name = a.last_name, email = a.email, email_key = a.email_key
    where o.id = p_account_id;
  return true;
exception when unique_violation then
  raise 'a user name or an address was taken at the same moment' using errcode = 'VO002';
end $$;
