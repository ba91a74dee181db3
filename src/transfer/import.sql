-- The state that a batch of imported people meets: the accounts of its numbers, the owners of its names and codes, and the
-- fields and invites of all of these. Each is a JSON array or null. Composite.
create function vouch.find_for_import(
  p_phone_numbers text[], p_keys text[], p_codes text[], p_now timestamptz,
  out numbers json, out names json, out codes json, out accounts json, out invites json
) language plpgsql as $$
declare
  v_ids uuid[];
  v_more uuid[];
  v_folded text[];
begin
  select json_agg(n), array_agg(n.account_id) into numbers, v_ids from vouch.accounts_of_numbers(p_phone_numbers) n;
  select json_agg(n), array_agg(n.account_id) filter (where n.key like 'external:%') into names, v_more
    from vouch.owners_of_names(p_keys) n;
  v_ids := array_cat(v_ids, v_more);
  select array_agg(distinct upper(c.code)) into v_folded from unnest(p_codes) c (code);
  select json_agg(c), array_agg(c.account_id) into codes, v_more from (
    select o.code, o.account_id from vouch.owners_of_legacy_codes(v_folded) o
    union select o.code, o.account_id from vouch.owners_of_codes(p_codes) o) c;
  select json_agg(a) into accounts from vouch.imported_fields_of(v_ids) a;
  select json_agg(i) into invites from vouch.invites_of(array_cat(v_ids, v_more)) i;
end $$;

-- Imports a batch of new people. All or nothing; `VO004` if somebody else took a number, a name or a code meanwhile. It locks
-- the invites of inviters, then numbers, then names, as a sign-up does. Composite.
create function vouch.import_people(
  p_account_ids uuid[], p_phone_numbers text[], p_created_at timestamptz[], p_hashes bigint[], p_external_ids text[],
  p_usernames text[], p_small text[], p_capital text[], p_written text[], p_first_names text[], p_last_names text[],
  p_emails text[], p_email_keys text[], p_codes text[], p_new_codes text[], p_inviter_ids uuid[], p_redeemed_codes text[],
  p_blocked_ids uuid[], p_block_ids uuid[], p_now timestamptz
) returns void language plpgsql as $$
declare
  v_keys text[];
  v_owners uuid[];
begin
  perform vouch.lock_invites(array_remove(p_inviter_ids, null));
  perform vouch.insert_number_accounts(p_phone_numbers, p_account_ids, p_now);
  perform vouch.import_invites(
    p_account_ids, p_phone_numbers, p_first_names, p_created_at, p_codes, p_new_codes, p_inviter_ids, p_redeemed_codes);
  perform vouch.insert_imported_accounts(p_account_ids, p_phone_numbers, p_usernames, p_small, p_capital, p_written,
    p_first_names, p_last_names, p_emails, p_email_keys, p_external_ids, p_created_at, p_hashes);
  select array_agg(k.key), array_agg(a.id) into v_keys, v_owners
    from unnest(p_account_ids, p_usernames, p_small, p_capital, p_written, p_email_keys, p_external_ids)
      a (id, username, small, capital, written, email_key, external_id)
    cross join lateral unnest(array_remove(vouch.name_keys(
      case when a.username is not null then array[a.small, a.capital, a.written] end, a.email_key)
      || ('external:' || a.external_id), null)) k (key);
  if v_keys is not null then
    perform vouch.reserve_names(v_keys, v_owners);
  end if;
  for i in 1 .. cardinality(p_blocked_ids) loop
    perform vouch.block_imported(p_blocked_ids[i], p_block_ids[i], p_now);
  end loop;
end $$;

-- Records a batch of imported people in the transaction that imports them, each in the trail of their account, from which an
-- event for webhooks follows. Composite.
create function vouch.record_imported(p_account_ids uuid[], p_actor json, p_target text, p_now timestamptz) returns void
language plpgsql as $$
begin
  for i in 1 .. cardinality(p_account_ids) loop
    perform vouch.insert_act(p_account_ids[i], 'import_people', p_actor, p_target, null, 'a new account', null, null, p_now);
  end loop;
end $$;

-- Blocks an account that the earlier system had blocked. Composite.
create function vouch.block_imported(p_account_id uuid, p_block_id uuid, p_now timestamptz) returns void
language plpgsql as $$
begin
  perform vouch.put_block('account:' || p_account_id, p_account_id::text, p_block_id, 'account',
    'blocked in the earlier system', 'import', null, p_now);
end $$;

-- The accounts among some that are blocked. Composite.
create function vouch.blocked_among(p_account_ids uuid[], p_now timestamptz) returns uuid[] language plpgsql as $$
declare
  v_keys text[];
begin
  select array_agg('account:' || a.id) into v_keys from unnest(p_account_ids) a (id);
  return array(select b.value::uuid from vouch.blocks_of(v_keys, null, null, p_now) b);
end $$;

-- Changes an imported account to what a newer row of the earlier system has: `p_changes` are the fields that change. It keeps
-- its own code; that of the earlier system leads to it, too. With `p_block_id` it is blocked there, and is blocked here.
-- Returns whether standbys may still have a session that this ended. Composite.
create function vouch.update_imported(
  p_account_id uuid, p_changes json, p_username_keys text[], p_email_key text, p_external_id text, p_hash bigint,
  p_code text, p_block_id uuid, p_now timestamptz
) returns boolean language plpgsql as $$
declare
  u record := vouch.update_account(p_account_id, p_changes, p_username_keys, p_email_key);
  v_id_keys text[] := array['external:' || p_external_id];
begin
  if u.old_keys is null then
    raise 'the account has been erased meanwhile' using errcode = 'VO004';
  end if;
  perform vouch.replace_names(u.old_keys, u.new_keys, p_account_id);
  if p_changes -> 'first_name' is not null then
    perform vouch.show_first_name(p_account_id, p_changes ->> 'first_name');
  end if;
  if vouch.set_import(p_account_id, p_external_id, p_hash) then
    perform vouch.reserve_names(v_id_keys, array[p_account_id]);
  end if;
  if p_code is not null then
    perform vouch.keep_codes(array[p_code], array[p_account_id]);
  end if;
  if p_block_id is null then
    return false;
  end if;
  perform vouch.block_imported(p_account_id, p_block_id, p_now);
  return (vouch.end_all_sessions(p_account_id)).on_standbys;
end $$;

-- Writes who invited an imported person, by the code as the earlier system has it: `linked`, or the reason for which it is
-- not. `moved` if the tree of invites changed meanwhile: the caller tries again. Composite.
create function vouch.import_link(
  p_account_id uuid, p_code text, p_redeemed_at timestamptz, p_pair_keys bytea[], p_now timestamptz
) returns text language plpgsql as $$
declare
  me record := vouch.invite_of(p_account_id);
  f record := vouch.find_inviter(p_code);
  v_root uuid;
begin
  if me.phone_number is null then
    return 'person_erased';
  elsif me.redeemed_code is not null then
    return case when me.redeemed_code = p_code then 'linked' else 'inviter_kept' end;
  elsif f.code is distinct from p_code then
    return 'inviter_unknown';
  elsif f.account_id = p_account_id then
    return 'inviter_self';
  end if;
  v_root := case when me.invited_count > 0 then vouch.root_of(f.account_id) end;
  if v_root = p_account_id then
    return 'inviter_circle';
  elsif not vouch.hang_below(p_account_id, f.account_id, p_code, v_root, p_redeemed_at) then
    return 'moved';
  end if;
  perform vouch.add_guest(f.account_id, p_account_id, me.phone_number, vouch.first_name_of(p_account_id),
    vouch.count_increment(vouch.pair_hashes(p_pair_keys, f.account_id, me.phone_number), p_now), p_redeemed_at);
  return 'linked';
end $$;

-- The same for a batch, one after the other. Composite.
create function vouch.import_links(
  p_account_ids uuid[], p_codes text[], p_redeemed_at timestamptz[], p_pair_keys bytea[], p_now timestamptz
) returns setof text language plpgsql as $$
begin
  for i in 1 .. cardinality(p_account_ids) loop
    return next vouch.import_link(p_account_ids[i], p_codes[i], p_redeemed_at[i], p_pair_keys, p_now);
  end loop;
end $$;

-- Opens the sessions of tokens of an earlier system, and returns the hashes of those that no import brought before. An
-- account keeps at most `p_max` sessions, and a blocked one gets none. Composite.
create function vouch.import_tokens(
  p_account_ids uuid[], p_token_hashes bytea[], p_ids uuid[], p_created_at timestamptz[], p_life_seconds float8, p_max int,
  p_now timestamptz
) returns setof bytea language plpgsql as $$
declare
  v_blocked uuid[] := vouch.blocked_among(p_account_ids, p_now);
  v_new bytea[];
  n record;
begin
  select array_agg(t.account_id) as owners, array_agg(t.token_hash) as hashes into n
    from unnest(p_account_ids, p_token_hashes) t (account_id, token_hash) where t.account_id <> all(v_blocked);
  v_new := array(select vouch.insert_legacy_tokens(n.hashes, n.owners, p_life_seconds, p_now));
  select array_agg(t.account_id) as owners, array_agg(t.token_hash) as hashes, array_agg(t.id) as ids,
      array_agg(t.created_at) as times into n
    from unnest(p_account_ids, p_token_hashes, p_ids, p_created_at) t (account_id, token_hash, id, created_at)
    where t.token_hash = any(v_new);
  for i in 1 .. coalesce(cardinality(n.owners), 0) loop
    perform vouch.end_least_used(n.owners[i], p_max, p_now);
  end loop;
  if n.owners is not null then
    perform vouch.insert_imported_sessions(n.owners, n.hashes, n.ids, n.times, p_life_seconds, p_now);
  end if;
  return query select unnest(v_new);
end $$;
