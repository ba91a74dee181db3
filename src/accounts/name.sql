-- Reservations of user names and e-mail addresses. A user name has three skeletons, and an address one key.

-- The keys of a user name and of an address, either of which may be null, in the order of their reservation.
create function vouch.name_keys(p_username_keys text[], p_email_key text) returns text[] language sql immutable
  return array_remove(array[
    'capital:' || p_username_keys[2], 'email:' || p_email_key, 'small:' || p_username_keys[1],
    'written:' || p_username_keys[3]], null);

-- The account that a key belongs to; null if it is free.
create function vouch.owner_of_name(p_key text) returns uuid language plpgsql as $$
begin
  return (select r.account_id from reserved_name r where r.key = p_key);
end $$;

-- Reserves a key for an account. If another one has taken it at the same moment, the caller has to start anew.
create function vouch.reserve_name(p_key text, p_account_id uuid) returns void language plpgsql as $$
begin
  insert into reserved_name (key, account_id) values (p_key, p_account_id) on conflict (key) do nothing;
  if not found then
    raise 'a user name or an address was taken at the same moment' using errcode = 'VO002';
  end if;
end $$;

-- Gives a key back.
create function vouch.release_name(p_key text, p_account_id uuid) returns void language plpgsql as $$
begin
  delete from reserved_name r where r.key = p_key and r.account_id = p_account_id;
end $$;

-- Gives the old keys of an account back and reserves the new ones, in one order for all accounts. Composite.
create function vouch.replace_names(p_old_keys text[], p_new_keys text[], p_account_id uuid) returns void
language plpgsql as $$
declare
  v_key text;
begin
  foreach v_key in array p_old_keys loop
    continue when v_key = any(p_new_keys);
    perform vouch.release_name(v_key, p_account_id);
  end loop;
  foreach v_key in array p_new_keys loop
    continue when v_key = any(p_old_keys);
    perform vouch.reserve_name(v_key, p_account_id);
  end loop;
end $$;

-- Whether another account has a user name, by one of its three skeletons, or an e-mail address: `username_taken` or
-- `email_taken`, or null. Composite.
create function vouch.find_taken(p_account_id uuid, p_username_keys text[], p_email_key text) returns text
language plpgsql as $$
declare
  v_key text;
begin
  foreach v_key in array vouch.name_keys(p_username_keys, null) || vouch.name_keys(null, p_email_key) loop
    if vouch.owner_of_name(v_key) <> p_account_id then
      return case when v_key like 'email:%' then 'email_taken' else 'username_taken' end;
    end if;
  end loop;
  return null;
end $$;
