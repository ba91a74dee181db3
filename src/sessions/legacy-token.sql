-- The account of a token of an earlier system, by its SHA-256; null if it is unknown. Its session may have ended.
create function vouch.owner_of_legacy_token(p_key bytea, p_now timestamptz) returns uuid language plpgsql as $$
begin
  return (select t.account_id from legacy_token t where t.token_hash = p_key);
end $$;

-- Records tokens of an earlier system and returns the new ones. An earlier import has given the others their sessions.
create function vouch.insert_legacy_tokens(p_keys bytea[], p_account_ids uuid[], p_life_seconds float8, p_now timestamptz)
returns setof bytea language plpgsql as $$
declare
  v_expires_at timestamptz := p_now + make_interval(secs => p_life_seconds);
begin
  return query insert into legacy_token (token_hash, account_id, expires_at)
    select t.token_hash, t.account_id, v_expires_at
      from unnest(p_keys, p_account_ids) t (token_hash, account_id) order by 1
    on conflict (token_hash) do nothing returning token_hash;
end $$;

-- Opens the sessions of tokens, unless an account has been erased meanwhile. Their idle time starts now.
create function vouch.insert_imported_sessions(
  p_account_ids uuid[], p_secret_hashes bytea[], p_ids uuid[], p_created_at timestamptz[], p_life_seconds float8,
  p_now timestamptz
) returns void language plpgsql as $$
declare
  v_expires_at timestamptz := p_now + make_interval(secs => p_life_seconds);
begin
  insert into session (account_id, secret_hash, id, created_at, last_used_at, expires_at, device, address)
    select s.account_id, s.secret_hash, s.id, s.created_at, p_now, v_expires_at, '', ''
      from unnest(p_account_ids, p_secret_hashes, p_ids, p_created_at) s (account_id, secret_hash, id, created_at)
      join account a on a.id = s.account_id
    on conflict (account_id, secret_hash) do nothing;
end $$;

-- Deletes a token whose session has expired for good, unless somebody holds its row.
create function vouch.delete_legacy_token(p_key bytea, p_now timestamptz) returns boolean language plpgsql as $$
begin
  perform from legacy_token t where t.token_hash = p_key and t.expires_at < p_now for update skip locked;
  if found then
    delete from legacy_token t where t.token_hash = p_key;
    return true;
  end if;
  return false;
end $$;

-- Deletes a batch of the expired tokens, from those that ended at the time `p_from` on. Returns as
-- `delete_expired_sessions` does.
create function vouch.delete_expired_legacy_tokens(
  p_max int, p_from timestamptz, p_now timestamptz,
  out seen int, out deleted int, out until timestamptz
) language plpgsql as $$
declare
  e record;
begin
  seen := 0;
  deleted := 0;
  for e in
    select t.token_hash, t.expires_at from legacy_token t
      where t.expires_at >= p_from and t.expires_at < p_now order by t.expires_at limit p_max
  loop
    seen := seen + 1;
    deleted := deleted + vouch.delete_legacy_token(e.token_hash, p_now)::int;
    until := e.expires_at;
  end loop;
end $$;
