-- An invite that a link left in a browser is valid for this time: src/invites/remembered-invite.ts.
create function vouch.remembered_invite() returns interval language sql immutable return interval '7 days';
-- An inviter gains only once by a number in this time: src/invites/counted-invite.ts.
create function vouch.counted_invite_life() returns interval language sql immutable return interval '365 days';

-- The account that an invite code was given to; null if there is none.
create function vouch.owner_of_code(p_code text) returns uuid language plpgsql as $$
begin
  return (select c.account_id from invite_code c where c.code = p_code);
end $$;

-- Whether an account has an invite that is not closed, neither with its account nor by an operator.
create function vouch.is_open_invite(p_account_id uuid) returns boolean language plpgsql as $$
begin
  perform from invite i where i.account_id = p_account_id and i.closed_at is null and i.stopped_at is null;
  return found;
end $$;

-- The code of an earlier system that is written like this, or the only one that is in any case; all is null without one.
create function vouch.find_legacy_code(
  p_key text, p_code text, out code text, out account_id uuid, out is_exact boolean
) language plpgsql as $$
declare
  v_spellings int;
begin
  select l.code, l.account_id, l.code = p_code, count(*) over () into code, account_id, is_exact, v_spellings
    from legacy_code l where l.folded = p_key order by l.code = p_code desc limit 1;
  if v_spellings > 1 and not is_exact then
    code := null;
    account_id := null;
  end if;
end $$;

-- The code that a person means, and its owner: one of an earlier system as it is written, then one of ours in any case, then
-- one of an earlier system in any case, unless two differ in case alone. All is null without one. Composite.
create function vouch.find_code(p_code text, out code text, out account_id uuid) language plpgsql as $$
declare
  l record := vouch.find_legacy_code(upper(p_code), p_code);
begin
  account_id := case when l.is_exact then l.account_id else vouch.owner_of_code(upper(p_code)) end;
  code := case when l.is_exact then l.code when account_id is not null then upper(p_code) else l.code end;
  account_id := coalesce(account_id, l.account_id);
end $$;

-- The code that a person means and its owner, who has an account; all is null if there is none. Composite.
create function vouch.find_inviter(p_code text, out code text, out account_id uuid) language plpgsql as $$
begin
  select f.code, f.account_id into code, account_id from vouch.find_code(p_code) f;
  if account_id is not null and not vouch.is_open_invite(account_id) then
    code := null;
    account_id := null;
  end if;
end $$;

-- Whether the invite that a browser remembers still works: its owner has an account, and the link was opened within a week.
-- Composite.
create function vouch.does_remembered_work(p_code text, p_opened_at timestamptz, p_now timestamptz) returns boolean
language plpgsql as $$
declare
  f record := vouch.find_inviter(p_code);
begin
  return f.account_id is not null and p_opened_at > p_now - vouch.remembered_invite();
end $$;

-- Whether no more codes of a length are given out, so that at most one in a hundred of them is somebody's. The number of all
-- codes has a bound that costs no count and is never too low: the size of the table by that of its smallest row.
create function vouch.is_length_full(p_code text, p_table_bytes bigint) returns boolean language sql immutable
  return p_table_bytes / 52 >= power(27, length(p_code)) / 100;

-- Gives an account a code; false if somebody has it, or if its length is full and it is not the last to choose from.
create function vouch.insert_code(p_code text, p_account_id uuid, p_is_last boolean) returns boolean language plpgsql as $$
begin
  if not p_is_last and vouch.is_length_full(p_code, pg_relation_size('invite_code')) then
    return false;
  end if;
  insert into invite_code (code, account_id) values (p_code, p_account_id) on conflict (code) do nothing;
  return found;
end $$;

-- Gives a new account the first of the codes that nobody has, and returns it. They have rising lengths; those of a full
-- length are passed over, save the last. If all are taken, the caller has to start anew with others. Composite.
create function vouch.choose_code(p_codes text[], p_account_id uuid) returns text language plpgsql as $$
begin
  for i in 1 .. cardinality(p_codes) loop
    if vouch.insert_code(p_codes[i], p_account_id, i = cardinality(p_codes)) then
      return p_codes[i];
    end if;
  end loop;
  raise 'each invite code is taken' using errcode = 'VO002';
end $$;

-- Creates the invite of a new account, redeemed if there is an inviter.
create function vouch.insert_invite(
  p_account_id uuid, p_code text, p_inviter_id uuid, p_redeemed_code text, p_now timestamptz
) returns void language plpgsql as $$
declare
  v_redeemed_at timestamptz := case when p_inviter_id is not null then p_now end;
begin
  insert into invite (account_id, code, inviter_id, redeemed_code, redeemed_at)
    values (p_account_id, p_code, p_inviter_id, p_redeemed_code, v_redeemed_at);
end $$;

-- Counts a redemption for the owner of an invite, who sees the guest with number and first name from now on; null if the account of the owner has been
-- erased meanwhile.
create function vouch.add_guest(
  p_account_id uuid, p_guest_id uuid, p_phone_number text, p_first_name text, p_increment int, p_now timestamptz
) returns uuid language plpgsql as $$
begin
  update invite i set invited_count = i.invited_count + p_increment where i.account_id = p_account_id and i.closed_at is null;
  if not found then
    return null;
  end if;
  insert into guest (inviter_id, account_id, redeemed_at, phone_number, first_name)
    values (p_account_id, p_guest_id, p_now, p_phone_number, p_first_name);
  return p_account_id;
end $$;

-- Changes the first name by which the owner of an invite sees a guest.
create function vouch.rename_guest(p_account_id uuid, p_guest_id uuid, p_first_name text) returns void language plpgsql as $$
begin
  update guest g set first_name = p_first_name where g.inviter_id = p_account_id and g.account_id = p_guest_id;
end $$;

-- Shows the new first name of an account to its inviter, if it has one. A redemption at the same moment holds the lock of the
-- invite and reads the name after it, so that the list never keeps an old one. Composite.
create function vouch.show_first_name(p_account_id uuid, p_first_name text) returns void language plpgsql as $$
declare
  i record := vouch.lock_invite(p_account_id);
begin
  if i.inviter_id is not null then
    perform vouch.rename_guest(i.inviter_id, p_account_id, p_first_name);
  end if;
end $$;

-- Takes an erased guest out of the list of the inviter. What has counted stays counted.
create function vouch.delete_guest(p_account_id uuid, p_guest_id uuid) returns void language plpgsql as $$
begin
  delete from guest g where g.inviter_id = p_account_id and g.account_id = p_guest_id;
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

-- Whether a pair of a number and an inviter has counted before.
create function vouch.has_counted(p_pair_hash bytea, p_now timestamptz) returns boolean language plpgsql as $$
declare
  v_since timestamptz := p_now - vouch.counted_invite_life();
begin
  perform from counted_invite c where c.pair_hash = p_pair_hash and c.erased_at > v_since;
  return found;
end $$;

-- The increment of the inviter's count by a redemption: 0 if one of these pairs has counted before, or else 1. Composite.
create function vouch.count_increment(p_pair_hashes bytea[], p_now timestamptz) returns int language plpgsql as $$
begin
  for i in 1 .. cardinality(p_pair_hashes) loop
    if vouch.has_counted(p_pair_hashes[i], p_now) then
      return 0;
    end if;
  end loop;
  return 1;
end $$;

-- The inviter of a new number, by the code that it brought: `SignUpInvite` with the buckets of its tries. An unknown code
-- counts against the rate limits; with none left, no code is looked up. A new person's code is unknown until they exist,
-- so no circle can close here. Composite.
create function vouch.redeem_at_sign_up(
  p_phone_number text, p_account_id uuid, p_invite json, p_now timestamptz, out inviter_id uuid, out code text
) language plpgsql as $$
declare
  v record;
  c record;
  v_target uuid;
  v_code text;
  v_keys bytea[];
begin
  if p_invite is null then
    return;
  end if;
  select * into v from json_to_record(p_invite) as i (
    code text, "openedAt" timestamptz, keys text[], names text[], quotas int[], window_seconds int, pair_keys text[]);
  if v."openedAt" is null or v."openedAt" > p_now - vouch.remembered_invite() then
    select f.code, f.account_id into v_code, v_target from vouch.find_inviter(v.code) f;
  end if;
  c := vouch.consume(v.keys, v.names, v.quotas, v.window_seconds, v_target is null, p_now);
  if v_target is null or not c.is_allowed then
    return;
  end if;
  for i in 1 .. cardinality(v.pair_keys) loop
    v_keys := v_keys || decode(v.pair_keys[i], 'hex');
  end loop;
  inviter_id := vouch.add_guest(v_target, p_account_id, p_phone_number, null,
    vouch.count_increment(vouch.pair_hashes(v_keys, v_target, p_phone_number), p_now), p_now);
  code := case when inviter_id is not null then v_code end;
end $$;

-- The account whose code an account redeemed; null if it redeemed none.
create function vouch.inviter_of(p_account_id uuid) returns uuid language plpgsql as $$
begin
  return (select i.inviter_id from invite i where i.account_id = p_account_id);
end $$;

-- The root of the invite tree that an account is in. Composite.
create function vouch.root_of(p_account_id uuid) returns uuid language plpgsql as $$
declare
  v_root uuid := p_account_id;
  v_inviter uuid;
begin
  loop
    v_inviter := vouch.inviter_of(v_root);
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
    select g.phone_number, g.first_name, (extract(epoch from g.redeemed_at) * 1000000)::bigint::text as micros, g.account_id
    from guest g where g.inviter_id = p_account_id and (g.redeemed_at, g.account_id) < (v_at, v_id)
    order by g.redeemed_at desc, g.account_id desc limit p_count) p;
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

-- Closes the invite of an erased account for redemptions, and returns its inviter.
create function vouch.close_invite(p_account_id uuid, p_now timestamptz) returns uuid language plpgsql as $$
declare
  v_inviter_id uuid;
begin
  update invite i set closed_at = p_now where i.account_id = p_account_id returning i.inviter_id into v_inviter_id;
  return v_inviter_id;
end $$;

-- Keeps a pair of a number and its inviter that has counted.
create function vouch.keep_counted(p_pair_hash bytea, p_now timestamptz) returns void language plpgsql as $$
begin
  insert into counted_invite (pair_hash, erased_at) values (p_pair_hash, p_now)
    on conflict (pair_hash) do update set erased_at = excluded.erased_at;
end $$;

-- Ends the invite of an erased account: closes it, and takes the person out of the list of their inviter, for whom the
-- number does not count again. Composite.
create function vouch.end_invite(p_account_id uuid, p_phone_number text, p_pair_key bytea, p_now timestamptz) returns void
language plpgsql as $$
declare
  v_inviter_id uuid := vouch.close_invite(p_account_id, p_now);
begin
  if v_inviter_id is not null then
    perform vouch.delete_guest(v_inviter_id, p_account_id);
    perform vouch.keep_counted(vouch.pair_hash(p_pair_key, v_inviter_id, p_phone_number), p_now);
  end if;
end $$;

-- Closes a code by an operator, or opens it again; an erased account keeps its own. False if it was so already.
create function vouch.set_stopped(p_account_id uuid, p_is_stopped boolean, p_now timestamptz) returns boolean
language plpgsql as $$
begin
  update invite i set stopped_at = case when p_is_stopped then p_now end
    where i.account_id = p_account_id and i.closed_at is null and (i.stopped_at is null) = p_is_stopped;
  return found;
end $$;
