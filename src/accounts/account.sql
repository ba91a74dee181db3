-- The account of a number; null if there is none.
create function vouch.find_account(p_phone_number text) returns uuid language plpgsql as $$
begin
  return (select a.id from account a where a.phone_number = p_phone_number);
end $$;

-- The same, and it cannot be erased until the transaction ends.
create function vouch.lock_account(p_phone_number text) returns uuid language plpgsql as $$
declare
  v_id uuid;
begin
  select a.id into v_id from account a where a.phone_number = p_phone_number for key share;
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
