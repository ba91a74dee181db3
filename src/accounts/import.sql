-- Functions of an import, which work on a batch of people at once. A conflict with a sign-in or another import at the same
-- moment raises `VO004`: the caller reads the batch again and decides anew. They use the indexes whatever the statistics
-- say: an import grows the tables faster than they are analysed.

-- The accounts of numbers, and whether each number is unproven.
create function vouch.accounts_of_numbers(p_phone_numbers text[])
returns table (phone_number text, account_id uuid, is_unproven boolean) language plpgsql set enable_seqscan = off as $$
begin
  return query select n.phone_number, n.account_id, n.unproven_since is not null from number_account n
    where n.phone_number = any(p_phone_numbers);
end $$;

-- The owners of user names, addresses and external ids by their keys.
create function vouch.owners_of_names(p_keys text[]) returns table (key text, account_id uuid)
language plpgsql set enable_seqscan = off as $$
begin
  return query select r.key, r.account_id from reserved_name r where r.key = any(p_keys);
end $$;

-- The fields of accounts that an import writes.
create function vouch.imported_fields_of(p_account_ids uuid[]) returns table (
  account_id uuid, external_id text, import_hash text, username text, first_name text, last_name text, email text
) language plpgsql set enable_seqscan = off as $$
begin
  return query select a.id, a.external_id::text, a.import_hash::text, a.username::text, a.first_name::text,
      a.last_name::text, a.email::text
    from account a where a.id = any(p_account_ids);
end $$;

-- Gives numbers their accounts, unproven until a sign-in.
create function vouch.insert_number_accounts(p_phone_numbers text[], p_account_ids uuid[], p_now timestamptz) returns void
language plpgsql as $$
declare
  v_inserted int;
begin
  insert into number_account (phone_number, account_id, unproven_since)
    select n.phone_number, n.account_id, p_now from unnest(p_phone_numbers, p_account_ids) n (phone_number, account_id)
      order by 1
    on conflict (phone_number) do nothing;
  get diagnostics v_inserted = row_count;
  if v_inserted < cardinality(p_phone_numbers) then
    raise 'a number has an account by now' using errcode = 'VO004';
  end if;
end $$;

-- Creates the accounts of a batch. The reservations of their names are made by `reserve_names`.
create function vouch.insert_imported_accounts(
  p_account_ids uuid[], p_phone_numbers text[], p_usernames text[], p_small text[], p_capital text[], p_written text[],
  p_first_names text[], p_last_names text[], p_emails text[], p_email_keys text[], p_external_ids text[],
  p_created_at timestamptz[], p_hashes bigint[]
) returns void language plpgsql as $$
begin
  insert into account (id, phone_number, username, username_keys, first_name, last_name, email, email_key, created_at,
      external_id, import_hash)
    select a.id, a.phone_number, a.username,
        case when a.username is not null then array[a.small, a.capital, a.written] end, a.first_name, a.last_name, a.email,
        a.email_key, a.created_at, a.external_id, a.hash
      from unnest(p_account_ids, p_phone_numbers, p_usernames, p_small, p_capital, p_written, p_first_names, p_last_names,
        p_emails, p_email_keys, p_external_ids, p_created_at, p_hashes)
        a (id, phone_number, username, small, capital, written, first_name, last_name, email, email_key, external_id,
          created_at, hash);
end $$;

-- Reserves keys for accounts, in one order for all transactions.
create function vouch.reserve_names(p_keys text[], p_account_ids uuid[]) returns void language plpgsql as $$
declare
  v_inserted int;
begin
  insert into reserved_name (key, account_id)
    select r.key, r.account_id from unnest(p_keys, p_account_ids) r (key, account_id) order by 1
    on conflict (key) do nothing;
  get diagnostics v_inserted = row_count;
  if v_inserted < cardinality(p_keys) then
    raise 'a user name, an address or an external id is taken by now' using errcode = 'VO004';
  end if;
end $$;

-- Records that a row of an earlier system was imported for an account, which gets its external id if it has none.
create function vouch.set_import(p_account_id uuid, p_external_id text, p_hash bigint, out is_new_id boolean)
language plpgsql as $$
declare
  v_before text;
begin
  select a.external_id into v_before from account a where a.id = p_account_id for no key update;
  update account a set external_id = coalesce(v_before, p_external_id), import_hash = p_hash where a.id = p_account_id;
  is_new_id := v_before is null and p_external_id is not null;
end $$;
