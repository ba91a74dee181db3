-- A device stays trusted for this time after the last sign-in on it.
create function vouch.trust_life() returns interval language sql immutable return interval '365 days';
-- A client that never shows its token is a new device at each sign-in; the one that was used least makes room for it.
create function vouch.max_trusted_devices() returns int language sql immutable return 100;

-- Whether one of the hashes is of a device that an account trusts.
create function vouch.is_trusted(p_account_id uuid, p_hashes bytea[], p_now timestamptz) returns boolean language plpgsql as $$
declare
  v_since timestamptz := p_now - vouch.trust_life();
begin
  perform from trusted_device d
    where d.account_id = p_account_id and d.secret_hash = any(p_hashes) and d.last_used_at > v_since;
  return found;
end $$;

-- The device trust of a request for a number: whether one of the hashes is of a device that its account trusts. Composite, and
-- an expression, since most requests present no device.
create function vouch.device_trust(p_phone_number text, p_hashes bytea[], p_now timestamptz) returns text language sql as $$
  select case when cardinality(p_hashes) > 0 and vouch.is_trusted(vouch.find_account(p_phone_number), p_hashes, p_now)
    then 'known_device' else 'unknown_device' end $$;

-- The times at which the trusted devices of an account were last used, newest first, as a JSON array.
create function vouch.trusted_devices_of(p_account_id uuid) returns json language plpgsql as $$
declare
  v_devices json;
begin
  select json_agg(d.last_used_at order by d.last_used_at desc) into v_devices from trusted_device d
    where d.account_id = p_account_id;
  return coalesce(v_devices, '[]');
end $$;

-- Trusts the device of a sign-in from now on, and returns its hash: that of a presented token, if the account trusts it
-- already, or else the new one, which comes first among them. A new account has no devices yet. The caller has
-- locked one that is not new, so that sign-ins at the same moment count each other's devices.
create function vouch.trust_device(
  p_account_id uuid, p_hashes bytea[], p_is_new_account boolean, p_now timestamptz
) returns bytea language plpgsql as $$
declare
  v_since timestamptz := p_now - vouch.trust_life();
  v_hash bytea;
begin
  if cardinality(p_hashes) > 1 and not p_is_new_account then
    select d.secret_hash into v_hash from trusted_device d
      where d.account_id = p_account_id and d.secret_hash = any(p_hashes) and d.last_used_at > v_since limit 1;
  end if;
  if v_hash is null then
    v_hash := p_hashes[1];
    if not p_is_new_account then
      perform vouch.forget_least_used_devices(p_account_id, vouch.max_trusted_devices() - 1);
    end if;
  end if;
  insert into trusted_device (account_id, secret_hash, last_used_at) values (p_account_id, v_hash, p_now)
    on conflict (account_id, secret_hash) do update set last_used_at = excluded.last_used_at;
  return v_hash;
end $$;

-- Ends the trust of the least used devices of an account, so that at most `p_max` stay.
create function vouch.forget_least_used_devices(p_account_id uuid, p_max int) returns void language plpgsql as $$
begin
  perform from trusted_device d where d.account_id = p_account_id offset p_max limit 1;
  if found then
    delete from trusted_device d where d.account_id = p_account_id and d.secret_hash in (
      select o.secret_hash from trusted_device o where o.account_id = p_account_id
        order by o.last_used_at desc offset p_max);
  end if;
end $$;
