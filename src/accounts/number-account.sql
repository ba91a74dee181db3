-- The account of a number; null if there is none.
create function vouch.find_account(p_phone_number text) returns uuid language plpgsql as $$
begin
  return (select n.account_id from number_account n where n.phone_number = p_phone_number);
end $$;

-- The same, and until the transaction ends it cannot be erased, and nobody else signs in to it. A transaction that locks a
-- number locks it before its messages and its account.
create function vouch.lock_account(p_phone_number text) returns uuid language plpgsql as $$
declare
  v_id uuid;
begin
  select n.account_id into v_id from number_account n where n.phone_number = p_phone_number for no key update;
  return v_id;
end $$;

-- The same for a person who has entered a right code, which proves an imported number; `was_unproven` tells that it was one.
create function vouch.prove_number(p_phone_number text, out account_id uuid, out was_unproven boolean) language plpgsql as $$
begin
  select n.account_id, n.unproven_since is not null into account_id, was_unproven
    from number_account n where n.phone_number = p_phone_number for no key update;
  if was_unproven then
    update number_account n set unproven_since = null where n.phone_number = p_phone_number;
  end if;
end $$;

-- Gives a number its account. If another sign-in has done so at the same moment, the caller has to start anew.
create function vouch.insert_number_account(p_phone_number text, p_account_id uuid) returns void language plpgsql as $$
begin
  insert into number_account (phone_number, account_id) values (p_phone_number, p_account_id)
    on conflict (phone_number) do nothing;
  if not found then
    raise 'the number has an account by now' using errcode = 'VO002';
  end if;
end $$;

-- Takes the account of a number away; null, and nothing is done, if the number has another account or none by now.
create function vouch.delete_number_account(p_phone_number text, p_account_id uuid) returns uuid language plpgsql as $$
begin
  delete from number_account n where n.phone_number = p_phone_number and n.account_id = p_account_id;
  return case when found then p_account_id end;
end $$;
