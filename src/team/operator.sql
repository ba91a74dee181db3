-- Operators, their sessions and their links are rows of one key, so that the owners can be locked together.

-- An operator is signed in for this time at most.
create function vouch.operator_session_life() returns interval language sql immutable return interval '8 hours';
-- A code that an operator has entered counts as fresh for this time.
create function vouch.fresh_code_life() returns interval language sql immutable return interval '10 minutes';
-- A link that the command line prints works for this time.
create function vouch.operator_link_life() returns interval language sql immutable return interval '10 minutes';

-- The operators, the earliest first; `signed_in_at` is the time of the newest session that still lives.
create function vouch.read_operators(p_key text, p_now timestamptz) returns table (
  account_id uuid, role text, added_by text, added_at timestamptz, signed_in_at timestamptz
) language plpgsql as $$
begin
  return query select o.account_id, o.role::text, o.added_by, o.added_at,
      (select max(s.created_at) from operator_session s
        where s.key = p_key and s.account_id = o.account_id and s.expires_at > p_now)
    from operator o where o.key = p_key order by o.added_at, o.account_id;
end $$;

-- Makes an account an operator. False if it is one already.
create function vouch.insert_operator(p_key text, p_account_id uuid, p_role text, p_added_by text, p_now timestamptz)
returns boolean language plpgsql as $$
begin
  insert into operator (key, account_id, role, added_by, added_at) values (p_key, p_account_id, p_role, p_added_by, p_now)
    on conflict (key, account_id) do nothing;
  return found;
end $$;

-- Changes the role of an operator, or removes one (`p_role` is null), and ends their sessions and links. `refusal` is
-- `not_operator`, or `last_owner` if no owner would be left: each caller locks all owners and counts after those before it.
create function vouch.set_operator_role(
  p_key text, p_account_id uuid, p_role text, out refusal text, out old_role text
) language plpgsql as $$
declare
  v_owners int;
begin
  perform from operator o where o.key = p_key and (o.role = 'owner' or o.account_id = p_account_id)
    order by o.account_id for update;
  select o.role into old_role from operator o where o.key = p_key and o.account_id = p_account_id;
  if old_role is null then
    refusal := 'not_operator';
    return;
  end if;
  select count(*) into v_owners from operator o where o.key = p_key and o.role = 'owner';
  if old_role = 'owner' and p_role is distinct from 'owner' and v_owners < 2 then
    refusal := 'last_owner';
    return;
  end if;
  if p_role is null then
    delete from operator o where o.key = p_key and o.account_id = p_account_id;
    return;
  end if;
  update operator o set role = p_role where o.key = p_key and o.account_id = p_account_id;
  delete from operator_session s where s.key = p_key and s.account_id = p_account_id;
  delete from operator_link l where l.key = p_key and l.account_id = p_account_id;
end $$;

-- Removes the operator of an erased account. The last owner may erase the own account, too: the command line adds another.
create function vouch.forget_operator(p_key text, p_account_id uuid) returns void language plpgsql as $$
begin
  delete from operator o where o.key = p_key and o.account_id = p_account_id;
end $$;
