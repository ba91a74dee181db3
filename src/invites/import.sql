-- Functions of an import of people with their invites, which work on a batch at once: src/accounts/import.sql.

-- The owners of invite codes of ours, and of those of earlier systems as they are written.
create function vouch.owners_of_codes(p_keys text[]) returns table (code text, account_id uuid)
language plpgsql set enable_seqscan = off as $$
begin
  return query select c.code, c.account_id from invite_code c where c.code = any(p_keys);
end $$;

-- The same by the codes in capitals.
create function vouch.owners_of_legacy_codes(p_keys text[]) returns table (code text, account_id uuid)
language plpgsql set enable_seqscan = off as $$
begin
  return query select l.code, l.account_id from legacy_code l where l.folded = any(p_keys);
end $$;

-- The invites of accounts.
create function vouch.invites_of(p_account_ids uuid[])
returns table (account_id uuid, code text, redeemed_code text, is_open boolean)
language plpgsql set enable_seqscan = off as $$
begin
  return query select i.account_id, i.code::text, i.redeemed_code::text, i.closed_at is null from invite i
    where i.account_id = any(p_account_ids);
end $$;

-- Locks the invites of inviters, in one order for all transactions. A sign-up locks that of its inviter first, too.
create function vouch.lock_invites(p_account_ids uuid[]) returns void language plpgsql set enable_seqscan = off as $$
begin
  perform from invite i where i.account_id = any(p_account_ids) order by i.account_id for no key update;
end $$;

-- Keeps the codes of an earlier system for their owners; `p_keys` are the codes in capitals.
create function vouch.insert_legacy_codes(p_keys text[], p_codes text[], p_account_ids uuid[]) returns void
language plpgsql as $$
declare
  v_inserted int;
begin
  insert into legacy_code (folded, code, account_id)
    select l.folded, l.code, l.account_id from unnest(p_keys, p_codes, p_account_ids) l (folded, code, account_id)
      order by 1, 2
    on conflict (folded, code) do nothing;
  get diagnostics v_inserted = row_count;
  if v_inserted < cardinality(p_keys) then
    raise 'an invite code is taken by now' using errcode = 'VO004';
  end if;
end $$;

-- Keeps codes from being given out to others; each has to be free if `p_is_own`, as the very code of an imported person.
create function vouch.reserve_codes(p_keys text[], p_account_ids uuid[], p_is_own boolean) returns void
language plpgsql as $$
declare
  v_inserted int;
begin
  insert into invite_code (code, account_id)
    select c.code, c.account_id from unnest(p_keys, p_account_ids) c (code, account_id) order by 1
    on conflict (code) do nothing;
  get diagnostics v_inserted = row_count;
  if p_is_own and v_inserted < cardinality(p_keys) then
    raise 'an invite code is taken by now' using errcode = 'VO004';
  end if;
end $$;

-- Creates the invites of a batch, redeemed where there is an inviter.
create function vouch.insert_invites(
  p_account_ids uuid[], p_codes text[], p_inviter_ids uuid[], p_redeemed_codes text[], p_redeemed_at timestamptz[]
) returns void language plpgsql as $$
begin
  insert into invite (account_id, code, inviter_id, redeemed_code, redeemed_at)
    select i.account_id, i.code, i.inviter_id, i.redeemed_code, i.redeemed_at
      from unnest(p_account_ids, p_codes, p_inviter_ids, p_redeemed_codes, p_redeemed_at)
        i (account_id, code, inviter_id, redeemed_code, redeemed_at);
end $$;

-- Counts the guests of a batch for their inviters, who see them from now on.
create function vouch.add_guests(
  p_account_ids uuid[], p_guest_ids uuid[], p_phone_numbers text[], p_first_names text[], p_redeemed_at timestamptz[]
) returns void language plpgsql set enable_seqscan = off as $$
declare
  v_counted int;
begin
  update invite i set invited_count = i.invited_count + g.guests
    from (select o.id, count(*)::int as guests from unnest(p_account_ids) o (id) group by o.id) g
    where i.account_id = g.id and i.closed_at is null;
  get diagnostics v_counted = row_count;
  if v_counted < (select count(distinct o.id) from unnest(p_account_ids) o (id)) then
    raise 'an inviter has been erased meanwhile' using errcode = 'VO004';
  end if;
  insert into guest (inviter_id, account_id, redeemed_at, phone_number, first_name)
    select g.inviter_id, g.account_id, g.redeemed_at, g.phone_number, g.first_name
      from unnest(p_account_ids, p_guest_ids, p_phone_numbers, p_first_names, p_redeemed_at)
        g (inviter_id, account_id, phone_number, first_name, redeemed_at);
end $$;

-- The codes among those of a batch that are written as ours are, and the others; with their owners. `alike` are those that
-- would be one of ours in capitals.
create function vouch.sort_codes(
  p_codes text[], p_account_ids uuid[], out ours text[], out our_owners uuid[], out folded text[], out legacy text[],
  out legacy_owners uuid[], out alike text[], out alike_owners uuid[]
) language plpgsql immutable as $$
declare
  v_form constant text := '^[23456789BCDFGHJKMNPQRSTVWXZ]{6,9}$';
begin
  select array_agg(c.code) filter (where c.code ~ v_form), array_agg(c.id) filter (where c.code ~ v_form),
      array_agg(upper(c.code)) filter (where c.code !~ v_form), array_agg(c.code) filter (where c.code !~ v_form),
      array_agg(c.id) filter (where c.code !~ v_form),
      array_agg(upper(c.code)) filter (where c.code !~ v_form and upper(c.code) ~ v_form),
      array_agg(c.id) filter (where c.code !~ v_form and upper(c.code) ~ v_form)
    into ours, our_owners, folded, legacy, legacy_owners, alike, alike_owners
    from unnest(p_codes, p_account_ids) c (code, id);
end $$;

-- Keeps the codes of a batch for their owners: those that are written as ours are, and those of an earlier system, which
-- nobody else gets in capitals either. Composite.
create function vouch.keep_codes(p_codes text[], p_account_ids uuid[]) returns void language plpgsql as $$
declare
  s record := vouch.sort_codes(p_codes, p_account_ids);
begin
  perform vouch.reserve_codes(s.ours, s.our_owners, true);
  perform vouch.insert_legacy_codes(s.folded, s.legacy, s.legacy_owners);
  perform vouch.reserve_codes(s.alike, s.alike_owners, false);
end $$;

-- Creates the invites of a batch of new people, below inviters that exist: nobody can have redeemed the codes of new people,
-- so that no circle closes. `p_codes` has the code that each person brings, or null: for each of these `p_new_codes` has
-- four to choose from. Composite.
create function vouch.import_invites(
  p_account_ids uuid[], p_phone_numbers text[], p_first_names text[], p_created_at timestamptz[], p_codes text[],
  p_new_codes text[], p_inviter_ids uuid[], p_redeemed_codes text[]
) returns void language plpgsql as $$
declare
  v_codes text[] := p_codes;
  v_next int := 1;
  v_redeemed_at timestamptz[];
  g record;
begin
  perform vouch.keep_codes(p_codes, p_account_ids);
  for i in 1 .. cardinality(p_account_ids) loop
    if v_codes[i] is null then
      v_codes[i] := vouch.choose_code(p_new_codes[v_next:v_next + 3], p_account_ids[i]);
      v_next := v_next + 4;
    end if;
  end loop;
  select array_agg(case when i.inviter_id is not null then i.created_at end order by i.n) into v_redeemed_at
    from unnest(p_created_at, p_inviter_ids) with ordinality i (created_at, inviter_id, n);
  perform vouch.insert_invites(p_account_ids, v_codes, p_inviter_ids, p_redeemed_codes, v_redeemed_at);
  select array_agg(i.inviter_id) as inviters, array_agg(i.id) as ids, array_agg(i.number) as numbers,
      array_agg(i.first_name) as names, array_agg(i.created_at) as times into g
    from unnest(p_inviter_ids, p_account_ids, p_phone_numbers, p_first_names, p_created_at)
      i (inviter_id, id, number, first_name, created_at)
    where i.inviter_id is not null;
  if g.ids is not null then
    perform vouch.add_guests(g.inviters, g.ids, g.numbers, g.names, g.times);
  end if;
end $$;
