-- The acts on operators. Each records itself; `act` is the record, for the log.

-- Makes the account of a number an operator. `refusal` is `no_account` or `already_operator`. Composite.
create function vouch.add_operator(
  p_key text, p_phone_number text, p_role text, p_added_by text, p_actor json, p_now timestamptz,
  out refusal text, out account_id uuid, out act json
) language plpgsql as $$
begin
  account_id := vouch.find_account(p_phone_number);
  if account_id is null then
    refusal := 'no_account';
  elsif not vouch.insert_operator(p_key, account_id, p_role, p_added_by, p_now) then
    refusal := 'already_operator';
  else
    act := vouch.record_act(account_id, 'manage_operators', p_actor, 'operator:' || account_id,
      vouch.masked_number(p_phone_number), 'added', null, json_build_object('role', p_role), p_now);
  end if;
end $$;

-- Changes the role of an operator, or removes one (`p_role` is null). `refusal` is as in `set_operator_role`. Composite.
create function vouch.change_operator(
  p_key text, p_account_id uuid, p_role text, p_actor json, p_now timestamptz, out refusal text, out act json
) language plpgsql as $$
declare
  c record := vouch.set_operator_role(p_key, p_account_id, p_role);
begin
  refusal := c.refusal;
  if refusal is null then
    act := vouch.record_act(p_account_id, 'manage_operators', p_actor, 'operator:' || p_account_id,
      vouch.masked_number(vouch.number_of(p_account_id)), case when p_role is null then 'removed' else 'changed' end,
      json_build_object('role', c.old_role),
      case when p_role is not null then json_build_object('role', p_role) end, p_now);
  end if;
end $$;

-- Makes a link for an operator. `refusal` is `not_operator`. Composite.
create function vouch.link_operator(
  p_key text, p_phone_number text, p_secret_hash bytea, p_made_by text, p_actor json, p_now timestamptz,
  out refusal text, out act json
) language plpgsql as $$
declare
  v_account_id uuid := vouch.find_account(p_phone_number);
begin
  if v_account_id is null or not vouch.insert_operator_link(p_key, p_secret_hash, v_account_id, p_made_by, p_now) then
    refusal := 'not_operator';
    return;
  end if;
  act := vouch.record_act(v_account_id, 'manage_operators', p_actor, 'operator:' || v_account_id,
    vouch.masked_number(p_phone_number), 'a sign-in link was made', null, null, p_now);
end $$;

-- Signs an operator in by a link, which it uses up; `account_id` is null if the link does not work. Composite.
create function vouch.sign_in_by_link(
  p_key text, p_link_hash bytea, p_secret_hash bytea, p_client_ip text, p_address text, p_device text, p_now timestamptz,
  out account_id uuid, out events json
) language plpgsql as $$
declare
  v_role text;
begin
  account_id := vouch.use_operator_link(p_key, p_link_hash, p_now);
  if account_id is null then
    return;
  end if;
  v_role := vouch.open_operator_session(p_key, account_id, p_secret_hash, p_device, p_address, p_now);
  events := json_build_array(vouch.record_event(account_id, 'signed_in', 'succeeded',
    vouch.masked_number(vouch.number_of(account_id)), 'the console by a link, as ' || v_role, p_client_ip, p_device, p_now));
end $$;

-- Ends the session of an operator. Composite.
create function vouch.sign_operator_out(
  p_key text, p_secret_hash bytea, p_client_ip text, p_device text, p_now timestamptz, out events json
) language plpgsql as $$
declare
  v_account_id uuid := vouch.end_operator_session(p_key, p_secret_hash);
begin
  if v_account_id is not null then
    events := json_build_array(vouch.record_event(v_account_id, 'signed_out', 'succeeded',
      vouch.masked_number(vouch.number_of(v_account_id)), 'the console', p_client_ip, p_device, p_now));
  end if;
end $$;

-- The operators with their numbers. Composite.
create function vouch.list_operators(p_key text, p_now timestamptz) returns table (
  account_id uuid, phone_number text, role text, added_by text, added_at timestamptz, signed_in_at timestamptz
) language plpgsql as $$
declare
  o record;
begin
  for o in select * from vouch.read_operators(p_key, p_now) loop
    account_id := o.account_id;
    phone_number := vouch.number_of(o.account_id);
    -- erased at the moment at which it became an operator
    continue when phone_number is null;
    role := o.role;
    added_by := o.added_by;
    added_at := o.added_at;
    signed_in_at := o.signed_in_at;
    return next;
  end loop;
end $$;
