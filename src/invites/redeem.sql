-- The state of an invite, which nobody else changes until the transaction ends.
create function vouch.lock_invite(
  p_account_id uuid, out inviter_id uuid, out closed_at timestamptz, out invited_count int
) language plpgsql as $$
begin
  select o.inviter_id, o.closed_at, o.invited_count into inviter_id, closed_at, invited_count from invite o
    where o.account_id = p_account_id for no key update;
end $$;

-- Writes the redemption of a code into the invite of the guest.
create function vouch.set_inviter(p_account_id uuid, p_inviter_id uuid, p_code text, p_now timestamptz) returns void
language plpgsql as $$
begin
  update invite o set inviter_id = p_inviter_id, redeemed_code = p_code, redeemed_at = p_now
    where o.account_id = p_account_id;
end $$;

-- Hangs the owner of one invite below another. A person who redeems is the root of a tree, so a circle would close only if
-- that person is also the root of the inviter, which the caller has found if the person has invited anyone. The rows are
-- locked in the order of their ids and checked in their latest version: the person has redeemed nothing, the inviter is not
-- erased, the root is still a root. False if a check fails: the caller retries with the new state of the tree. Composite.
create function vouch.hang_below(p_account_id uuid, p_inviter_id uuid, p_code text, p_root uuid, p_now timestamptz)
returns boolean language plpgsql as $$
declare
  v_id uuid;
  i record;
begin
  for v_id in select distinct o.id from unnest(array[p_account_id, p_inviter_id, p_root]) o (id)
    where o.id is not null order by o.id
  loop
    i := vouch.lock_invite(v_id);
    if v_id = p_account_id
      and (i.inviter_id is not null or i.closed_at is not null or (i.invited_count > 0 and p_root is null)) then
      return false;
    end if;
    if v_id = p_inviter_id and i.closed_at is not null then
      return false;
    end if;
    if v_id = p_root and i.inviter_id is not null then
      return false;
    end if;
  end loop;
  perform vouch.set_inviter(p_account_id, p_inviter_id, p_code, p_now);
  return true;
end $$;

-- Redeems a code for the owner of a session: `RedeemRow`. `p_keys` are the buckets of the client's networks; that of the
-- number comes first in the other arrays, and its key is a keyed hash by `p_number_key`. A block of the network, whose key
-- `p_block_keys` has, or of a prefix of the number comes before all limits. Composite.
create function vouch.redeem(
  p_account_id uuid, p_secret_hash bytea, p_idle_seconds float8, p_code text, p_number_key bytea, p_keys text[],
  p_names text[], p_quotas int[], p_window int, p_pair_keys bytea[], p_block_keys text[], p_address inet, p_client_ip text,
  p_device text, p_now timestamptz,
  out alive boolean, out own_code text, out present_code text, out found_code text, out is_known boolean,
  out circle boolean, out redeemed boolean, out allowed boolean, out limit_wait float8, out limit_name text,
  out events json, out blocked_by text
) language plpgsql as $$
declare
  l record := vouch.live_session(p_account_id, p_secret_hash, p_idle_seconds, p_now);
  me record;
  c record;
  v_target uuid;
  v_root uuid;
begin
  alive := l.id is not null;
  is_known := false; circle := false; redeemed := false; allowed := false;
  if not alive then
    return;
  end if;
  perform vouch.touch_session(p_account_id, p_secret_hash, l.last_used_at, p_now);
  me := vouch.invite_of(p_account_id);
  own_code := me.code;
  present_code := me.redeemed_code;
  -- the account may have been erased since the look at its session
  alive := me.phone_number is not null;
  if not alive or present_code is not null then
    return;
  end if;
  blocked_by := vouch.blocked_by(vouch.number_block_keys(me.phone_number) || p_block_keys, me.phone_number, p_address, p_now);
  if blocked_by is not null then
    return;
  end if;
  select f.code, f.account_id into found_code, v_target from vouch.find_inviter(p_code) f;
  c := vouch.consume(
    'redeem:' || encode(vouch.keyed_hash(p_number_key, convert_to(me.phone_number, 'UTF8')), 'hex') || p_keys,
    p_names, p_quotas, p_window, v_target is null, p_now);
  allowed := c.is_allowed;
  limit_wait := c.limit_wait;
  limit_name := c.limit_name;
  is_known := allowed and v_target is not null;
  if is_known and v_target <> p_account_id then
    v_root := case when me.invited_count > 0 then vouch.root_of(v_target) end;
    circle := coalesce(v_root = p_account_id, false);
    redeemed := not circle and vouch.hang_below(p_account_id, v_target, found_code, v_root, p_now);
  end if;
  if redeemed then
    perform vouch.add_guest(v_target, p_account_id, me.phone_number, vouch.first_name_of(p_account_id),
      vouch.count_increment(vouch.pair_hashes(p_pair_keys, v_target, me.phone_number), p_now), p_now);
  end if;
  if redeemed or (allowed and v_target is null) then
    events := json_build_array(vouch.record_event(p_account_id, 'invite_redeemed',
      case when redeemed then 'succeeded' else 'refused' end, vouch.masked_number(me.phone_number),
      case when redeemed then 'inviter ' || v_target else 'a code that nobody has' end, p_client_ip, p_device, p_now));
  end if;
end $$;

-- The invite of an account, the code that it redeemed, and its number; the number is null if the account is erased.
create function vouch.invite_of(
  p_account_id uuid, out code text, out redeemed_code text, out invited_count int, out phone_number text
) language plpgsql as $$
begin
  select own.code, own.redeemed_code, own.invited_count, a.phone_number into code, redeemed_code, invited_count, phone_number
    from invite own left join account a on a.id = own.account_id where own.account_id = p_account_id;
end $$;

-- Looks up the invite of a link for a client: `LinkRow`. An unknown code counts against the buckets of the client's
-- networks, whose rows are locked before the result is read, so that concurrent requests cannot try more codes than the
-- limits allow. Composite.
create function vouch.open_link(
  p_code text, p_keys text[], p_names text[], p_quotas int[], p_window int, p_account_id uuid, p_secret_hash bytea,
  p_idle_seconds float8, p_now timestamptz,
  out now timestamptz, out allowed boolean, out limit_wait float8, out is_known boolean, out code text, out alive boolean,
  out own_code text, out redeemed_code text, out circle boolean
) language plpgsql as $$
declare
  l record;
  me record;
  c record;
  v_target uuid;
begin
  now := p_now;
  alive := false;
  circle := false;
  select f.code, f.account_id into code, v_target from vouch.find_inviter(p_code) f;
  is_known := v_target is not null;
  c := vouch.consume(p_keys, p_names, p_quotas, p_window, not is_known, p_now);
  allowed := c.is_allowed;
  limit_wait := c.limit_wait;
  if p_account_id is null then
    return;
  end if;
  l := vouch.live_session(p_account_id, p_secret_hash, p_idle_seconds, p_now);
  alive := l.id is not null;
  if alive then
    perform vouch.touch_session(p_account_id, p_secret_hash, l.last_used_at, p_now);
    me := vouch.invite_of(p_account_id);
    own_code := me.code;
    redeemed_code := me.redeemed_code;
    circle := is_known and me.invited_count > 0 and vouch.root_of(v_target) = p_account_id;
  end if;
end $$;
