-- An invite that a link left in a browser is valid for this time: src/invites/remembered-invite.ts.
create function vouch.remembered_invite() returns interval language sql immutable return interval '7 days';
-- An inviter gains only once by a number in this time: src/invites/counted-invite.ts.
create function vouch.counted_invite_life() returns interval language sql immutable return interval '365 days';

-- The owner of an invite code who has an account; null if there is none.
create function vouch.find_inviter(p_code text) returns uuid language plpgsql as $$
begin
  return (select i.account_id from invite i where i.code = p_code and i.closed_at is null);
end $$;

-- Whether no more codes of a length are given out, so that at most one in a hundred of them is somebody's. The number of all
-- codes has a bound that costs no count and is never too low: the size of the table by that of its smallest row.
create function vouch.is_length_full(p_code text, p_table_bytes bigint) returns boolean language sql immutable
  return p_table_bytes / 60 >= power(27, length(p_code)) / 100;

-- Creates the invite of a new account, redeemed if there is an inviter, with the first of the codes that nobody has. They
-- have rising lengths; those of a full length are passed over, save the last. If all are taken, the caller has to start
-- anew with others.
create function vouch.insert_invite(p_account_id uuid, p_codes text[], p_inviter_id uuid, p_now timestamptz) returns void
language plpgsql as $$
declare
  v_redeemed_at timestamptz := case when p_inviter_id is not null then p_now end;
  v_table_bytes bigint := pg_relation_size('invite');
begin
  for i in 1 .. cardinality(p_codes) loop
    continue when i < cardinality(p_codes) and vouch.is_length_full(p_codes[i], v_table_bytes);
    insert into invite (account_id, code, inviter_id, redeemed_at)
      values (p_account_id, p_codes[i], p_inviter_id, v_redeemed_at) on conflict (code) do nothing;
    if found then
      return;
    end if;
  end loop;
  raise 'each invite code is taken' using errcode = 'VO002';
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

-- The same by each of several keys.
create function vouch.pair_hashes(p_keys bytea[], p_inviter_id uuid, p_phone_number text) returns bytea[]
language plpgsql immutable as $$
declare
  v_hashes bytea[];
begin
  for i in 1 .. cardinality(p_keys) loop
    v_hashes := v_hashes || vouch.pair_hash(p_keys[i], p_inviter_id, p_phone_number);
  end loop;
  return v_hashes;
end $$;

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
  c record;
  v_target uuid;
  v_keys bytea[];
begin
  select * into v from json_to_record(p_invite) as i (
    code text, "openedAt" timestamptz, keys text[], names text[], quotas int[], window_seconds int, pair_keys text[]);
  if v."openedAt" is null or v."openedAt" > p_now - vouch.remembered_invite() then
    v_target := vouch.find_inviter(v.code);
  end if;
  c := vouch.consume(v.keys, v.names, v.quotas, v.window_seconds, v_target is null, p_now);
  if v_target is null or not c.is_allowed then
    return null;
  end if;
  for i in 1 .. cardinality(v.pair_keys) loop
    v_keys := v_keys || decode(v.pair_keys[i], 'hex');
  end loop;
  return vouch.count_invited(v_target, vouch.count_increment(
    vouch.pair_hashes(v_keys, v_target, p_phone_number), p_now));
end $$;

-- The root of the invite tree that an account is in.
create function vouch.root_of(p_account_id uuid) returns uuid language plpgsql as $$
declare
  v_root uuid := p_account_id;
  v_inviter uuid;
begin
  loop
    select i.inviter_id into v_inviter from invite i where i.account_id = v_root;
    if v_inviter is null then
      return v_root;
    end if;
    v_root := v_inviter;
  end loop;
end $$;

-- The people who redeemed the code of an account, newest first, from a cursor on, as a JSON array of `InvitedRow`. Erased
-- accounts are not included. A cursor has microseconds since 1970, the precision of PostgreSQL.
create function vouch.invited_page(p_account_id uuid, p_cursor_micros bigint, p_cursor_id uuid, p_count int) returns json
language plpgsql as $$
declare
  v_at timestamptz := coalesce(timestamptz 'epoch' + p_cursor_micros * interval '1 microsecond', 'infinity');
  v_id uuid := coalesce(p_cursor_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
  v_page json;
begin
  select json_agg(p) into v_page from (
    select a.phone_number, (extract(epoch from i.redeemed_at) * 1000000)::bigint::text as micros, i.account_id
    from invite i join account a on a.id = i.account_id
    where i.inviter_id = p_account_id and (i.redeemed_at, i.account_id) < (v_at, v_id)
    order by i.redeemed_at desc, i.account_id desc limit p_count) p;
  return coalesce(v_page, '[]');
end $$;

-- The invite of an account as its owner sees it; `invited` is empty for a page of no people, all is null without a live
-- session.
create function vouch.read_own_invite(
  p_account_id uuid, p_secret_hash bytea, p_idle_seconds float8, p_cursor_micros bigint, p_cursor_id uuid, p_count int,
  p_now timestamptz, out redeemed_code text, out invited_count int, out invited json
) language plpgsql as $$
declare
  l record := vouch.live_session(p_account_id, p_secret_hash, p_idle_seconds, p_now);
  me record;
begin
  if l.id is null then
    return;
  end if;
  perform vouch.touch_session(p_account_id, p_secret_hash, l.last_used_at, p_now);
  me := vouch.invite_of(p_account_id);
  redeemed_code := me.redeemed_code;
  invited_count := me.invited_count;
  invited := case when p_count > 0 then vouch.invited_page(p_account_id, p_cursor_micros, p_cursor_id, p_count) else '[]' end;
end $$;

-- Closes the invite of an erased account for redemptions, and keeps a keyed hash of its number and its inviter, so that the
-- number counts once for them.
create function vouch.close_invite(p_account_id uuid, p_phone_number text, p_pair_key bytea, p_now timestamptz) returns void
language plpgsql as $$
declare
  v_inviter_id uuid;
begin
  update invite i set closed_at = p_now where i.account_id = p_account_id returning i.inviter_id into v_inviter_id;
  if v_inviter_id is not null then
    insert into counted_invite (pair_hash, erased_at)
      values (vouch.pair_hash(p_pair_key, v_inviter_id, p_phone_number), p_now)
      on conflict (pair_hash) do update set erased_at = excluded.erased_at;
  end if;
end $$;
