-- Creates an account, whose number is reserved for it.
create function vouch.insert_account(p_account_id uuid, p_phone_number text, p_now timestamptz) returns void
language plpgsql as $$
begin
  insert into account (id, phone_number, created_at) values (p_account_id, p_phone_number, p_now);
end $$;

-- The number of an account; null if it is erased.
create function vouch.number_of(p_account_id uuid) returns text language plpgsql as $$
begin
  return (select a.phone_number from account a where a.id = p_account_id);
end $$;

-- The first name of an account; null if it has none or is erased.
create function vouch.first_name_of(p_account_id uuid) returns text language plpgsql as $$
begin
  return (select a.first_name from account a where a.id = p_account_id);
end $$;

-- The time at which an account was created; null if it is erased.
create function vouch.created_at_of(p_account_id uuid) returns timestamptz language plpgsql as $$
begin
  return (select a.created_at from account a where a.id = p_account_id);
end $$;

-- Erases an account, with its sessions and trusted devices. Returns its reservations: of its user name, its address and its
-- external id.
create function vouch.delete_account(p_account_id uuid) returns text[] language plpgsql as $$
declare
  v_username_keys text[];
  v_email_key text;
  v_external_id text;
begin
  delete from account a where a.id = p_account_id returning a.username_keys, a.email_key, a.external_id
    into v_username_keys, v_email_key, v_external_id;
  return array_remove(vouch.name_keys(v_username_keys, v_email_key) || ('external:' || v_external_id), null);
end $$;

-- Changes the fields of an account that `p_changes` has; null clears one. Returns the keys of its user name and its address
-- before and after, whose reservations the caller replaces; null if the account has been erased meanwhile. Until the
-- transaction ends nobody else changes the account.
create function vouch.update_account(
  p_account_id uuid, p_changes json, p_username_keys text[], p_email_key text, out old_keys text[], out new_keys text[]
) language plpgsql as $$
declare
  a account%rowtype;
begin
  select * into a from account o where o.id = p_account_id for no key update;
  if not found then
    return;
  end if;
  old_keys := vouch.name_keys(a.username_keys, a.email_key);
  if p_changes -> 'username' is not null then
    a.username := p_changes ->> 'username';
    a.username_keys := p_username_keys;
  end if;
  if p_changes -> 'email' is not null then
    a.email := p_changes ->> 'email';
    a.email_key := p_email_key;
  end if;
  new_keys := vouch.name_keys(a.username_keys, a.email_key);
  a.first_name := case when p_changes -> 'first_name' is not null then p_changes ->> 'first_name' else a.first_name end;
  a.last_name := case when p_changes -> 'last_name' is not null then p_changes ->> 'last_name' else a.last_name end;
  update account o set username = a.username, username_keys = a.username_keys, first_name = a.first_name,
      last_name = a.last_name, email = a.email, email_key = a.email_key
    where o.id = p_account_id;
end $$;

-- The fields of an account that can be changed, as JSON; null if it is erased.
create function vouch.account_fields(p_account_id uuid) returns json language plpgsql as $$
begin
  return (select json_build_object('username', a.username, 'first_name', a.first_name, 'last_name', a.last_name,
    'email', a.email) from account a where a.id = p_account_id);
end $$;
