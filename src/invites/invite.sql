-- An invite that a link left in a browser is valid for this time: src/invites/remembered-invite.ts.
create function vouch.remembered_invite() returns interval language sql immutable return interval '7 days';
-- An inviter gains only once by a number in this time: src/invites/counted-invite.ts.
create function vouch.counted_invite_life() returns interval language sql immutable return interval '365 days';

-- The owner of an invite code who has an account; null if there is none.
create function vouch.find_inviter(p_code text) returns uuid language plpgsql as $$
begin
  return (select i.account_id from invite i where i.code = p_code and i.closed_at is null);
end $$;

-- Creates the invite of a new account, redeemed if there is an inviter. If the code is taken, the caller has to start anew
-- with another one.
create function vouch.insert_invite(p_account_id uuid, p_code text, p_inviter_id uuid, p_now timestamptz) returns void
language plpgsql as $$
declare
  v_redeemed_at timestamptz := case when p_inviter_id is not null then p_now end;
begin
  insert into invite (account_id, code, inviter_id, redeemed_at) values (p_account_id, p_code, p_inviter_id, v_redeemed_at)
    on conflict (code) do nothing;
  if not found then
    raise 'the invite code is taken' using errcode = 'VO002';
  end if;
end $$;

-- Counts a redemption for the owner of an invite; null if the account has been erased meanwhile.
create function vouch.count_invited(p_account_id uuid, p_increment int) returns uuid language plpgsql as $$
begin
  update invite i set invited_count = i.invited_count + p_increment where i.account_id = p_account_id and i.closed_at is null;
  return case when found then p_account_id end;
end $$;

-- The keyed hash of a number and its inviter, which reveals neither.
create function vouch.pair_hash(p_blocks bytea, p_inviter_id uuid, p_phone_number text) returns bytea
language sql immutable return vouch.keyed_hash(p_blocks, uuid_send(p_inviter_id) || convert_to(p_phone_number, 'UTF8'));

-- Whether one of these pairs of a number and an inviter has counted before: 0 then, or else 1.
create function vouch.count_increment(p_pair_hashes bytea[], p_now timestamptz) returns int language plpgsql as $$
declare
  v_since timestamptz := p_now - vouch.counted_invite_life();
begin
  perform from counted_invite c where c.pair_hash = any(p_pair_hashes) and c.erased_at > v_since;
  return case when found then 0 else 1 end;
end $$;

-- The inviter of a new number, by the code that it brought: `SignUpInvite` with the buckets of its tries. An unknown code
-- counts against the rate limits; with none left, no code is looked up. A new person's code is unknown until they exist,
-- so no circle can close here. Composite.
create function vouch.redeem_at_sign_up(p_phone_number text, p_invite json, p_now timestamptz) returns uuid
language plpgsql as $$
declare
  v record;
  v_target uuid;
  v_hashes bytea[];
begin
  select * into v from json_to_record(p_invite) as i (
    code text, "openedAt" timestamptz, keys text[], names text[], quotas int[], window_seconds int, pair_keys text[]);
  if v."openedAt" is null or v."openedAt" > p_now - vouch.remembered_invite() then
    v_target := vouch.find_inviter(v.code);
  end if;
  if not (select c.is_allowed from vouch.consume(
    v.keys, v.names, v.quotas, v.window_seconds, v_target is null, p_now) c) or v_target is null then
    return null;
  end if;
  for i in 1 .. cardinality(v.pair_keys) loop
    v_hashes := v_hashes || vouch.pair_hash(decode(v.pair_keys[i], 'hex'), v_target, p_phone_number);
  end loop;
  return vouch.count_invited(v_target, vouch.count_increment(v_hashes, p_now));
end $$;
