-- Blocks by operators. The key of a row is its kind and the part of its value that every blocked request shares: a number, an
-- account, a country, the first digit of a prefix, or the first group of a network (`blockKeys` of src/blocks/block.ts). So a
-- request is compared with the rows of four keys.

-- The blocks in force among those of some keys that refuse a request from a client network for a number.
create function vouch.blocks_of(p_keys text[], p_phone_number text, p_client_ip inet, p_now timestamptz)
returns table (key text, value text, kind text) language plpgsql as $$
begin
  return query select b.key, b.value, b.kind::text from block b
    where b.key = any(p_keys) and (b.ends_at is null or b.ends_at > p_now)
      and case b.kind when 'prefix' then starts_with(p_phone_number, b.value)
        when 'network' then b.value::cidr >>= p_client_ip else true end;
end $$;

-- The keys of the blocks of a number and its prefixes.
create function vouch.number_block_keys(p_phone_number text) returns text[] language sql immutable
  return array['number:' || p_phone_number, 'prefix:' || substr(p_phone_number, 2, 1)];

-- The kind of a block that refuses a request, and counts it there; null if none does. Composite.
create function vouch.blocked_by(p_keys text[], p_phone_number text, p_client_ip inet, p_now timestamptz) returns text
language plpgsql as $$
declare
  b record;
begin
  select o.key, o.value, o.kind into b from vouch.blocks_of(p_keys, p_phone_number, p_client_ip, p_now) o
    order by o.kind limit 1;
  if b.key is not null then
    perform vouch.count_blocked(b.key, b.value, p_now);
  end if;
  return b.kind;
end $$;

-- Counts a refused request, unless another one does so at the same moment: refused requests never wait for each other, so
-- the count is a lower bound under a flood.
create function vouch.count_blocked(p_key text, p_value text, p_now timestamptz) returns void language plpgsql as $$
begin
  perform from block b where b.key = p_key and b.value = p_value for no key update skip locked;
  if found then
    update block b set refused_count = b.refused_count + 1, last_refused_at = p_now
      where b.key = p_key and b.value = p_value;
  end if;
end $$;

-- Writes a block, or changes the reason and the end of one. Returns the row before as JSON; null if there was none in force.
create function vouch.put_block(
  p_key text, p_value text, p_id uuid, p_kind text, p_reason text, p_by text, p_ends_at timestamptz, p_now timestamptz
) returns json language plpgsql as $$
declare
  o block%rowtype;
begin
  select * into o from block b where b.key = p_key and b.value = p_value for update;
  if o.ends_at <= p_now then
    delete from block b where b.key = p_key and b.value = p_value;
    o := null;
  end if;
  insert into block as b (key, value, id, kind, reason, created_at, created_by, ends_at)
    values (p_key, p_value, p_id, p_kind, p_reason, p_now, p_by, p_ends_at)
    on conflict (key, value) do update set reason = p_reason, created_by = p_by, ends_at = p_ends_at;
  return case when o.key is not null then json_build_object('ends_at', o.ends_at, 'created_by', o.created_by) end;
end $$;

-- Takes a block away. Returns it as JSON; null if there is none.
create function vouch.delete_block(p_key text, p_value text) returns json language plpgsql as $$
declare
  o block%rowtype;
begin
  delete from block b where b.key = p_key and b.value = p_value returning * into o;
  return case when o.key is not null then json_build_object('ends_at', o.ends_at, 'created_by', o.created_by,
    'created_at', o.created_at, 'refused_count', o.refused_count) end;
end $$;

-- Ends the sessions of an account, if there is one, and the trust of its devices.
create function vouch.end_all_sessions(p_account_id uuid, out ended uuid[], out on_standbys boolean) language plpgsql as $$
begin
  ended := case when p_account_id is null then '{}'
    else vouch.end_chosen_sessions(p_account_id, 'others', null, vouch.no_account(), null) end;
  on_standbys := ended <> '{}' and vouch.has_standbys(vouch.all_standbys());
end $$;

-- Blocks by an act. With `p_phone_number` it ends the sessions of this number, too: for a block of a number or an account.
-- A sign-in locks its challenge and then the account of the number, as this does, so that whichever comes second sees the
-- other. The codes of an account stay open, since the right one tells its owner of the block. Composite.
create function vouch.add_block(
  p_key text, p_value text, p_id uuid, p_kind text, p_phone_number text, p_ends_at timestamptz, p_actor json, p_target text,
  p_now timestamptz,
  out is_new boolean, out account_id uuid, out ended int, out on_standbys boolean, out act json
) language plpgsql as $$
declare
  v_before json;
  s record;
begin
  if p_kind = 'number' then
    perform vouch.expire_challenges(p_phone_number, p_now);
  end if;
  if p_phone_number is not null then
    account_id := vouch.lock_account(p_phone_number);
  end if;
  v_before := vouch.put_block(p_key, p_value, p_id, p_kind, coalesce(p_actor ->> 'reason', ''),
    concat_ws(':', p_actor ->> 'kind', p_actor ->> 'id'), p_ends_at, p_now);
  is_new := v_before is null;
  s := vouch.end_all_sessions(account_id);
  ended := cardinality(s.ended);
  on_standbys := s.on_standbys;
  act := vouch.record_act(account_id, 'block', p_actor, p_target, vouch.masked_number(p_phone_number),
    case when ended > 0 then 'sessions: ' || ended end, v_before, json_build_object('ends_at', p_ends_at), p_now, s.ended);
end $$;

-- Ends what a sign-in opened at the very moment in which its number was blocked: it may have committed between the look of
-- `add_block` at the sessions and its commit. Composite.
create function vouch.end_sessions_of_number(
  p_phone_number text, p_actor json, p_target text, p_now timestamptz, out ended int, out on_standbys boolean, out act json
) language plpgsql as $$
declare
  v_account_id uuid;
  s record;
begin
  perform vouch.expire_challenges(p_phone_number, p_now);
  v_account_id := vouch.lock_account(p_phone_number);
  s := vouch.end_all_sessions(v_account_id);
  ended := cardinality(s.ended);
  on_standbys := s.on_standbys;
  if ended > 0 then
    act := vouch.record_act(v_account_id, 'end_sessions', p_actor, p_target, vouch.masked_number(p_phone_number),
      'sessions: ' || ended, null, null, p_now, s.ended);
  end if;
end $$;

-- Takes a block away by an act; `removed` is false if there is none. Composite.
create function vouch.remove_block(
  p_key text, p_value text, p_phone_number text, p_account_id uuid, p_actor json, p_target text, p_now timestamptz,
  out removed boolean, out act json
) language plpgsql as $$
declare
  v_before json := vouch.delete_block(p_key, p_value);
begin
  removed := v_before is not null;
  if removed then
    act := vouch.record_act(p_account_id, 'unblock', p_actor, p_target, vouch.masked_number(p_phone_number), null,
      v_before, null, p_now);
  end if;
end $$;
