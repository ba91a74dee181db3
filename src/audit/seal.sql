-- Rows of the audit trail are sealed in batches, after their transactions, so that the chain of hashes keeps no sign-in
-- waiting for another. The order of rows is that of the numbers of their transactions and their ids. A row whose transaction is
-- older than every running one is settled: no row before it can appear any more.
-- docs/decisions/052-audit-seals.md.

-- The identity of the cluster: a copy of the rows in another one has its transactions numbered anew.
create function vouch.own_cluster() returns text language sql volatile
  return (pg_control_system()).system_identifier::text;

-- The digest of an event, over each of its columns.
create function vouch.event_digest(
  p_account_id uuid, p_at timestamptz, p_id bigint, p_event text, p_result text, p_number text, p_client_ip text,
  p_device text, p_details text, p_actor text, p_actor_id text, p_role text, p_act text, p_target text, p_reason text,
  p_before json, p_after json, p_session_id uuid, p_ended json, p_xid xid8
) returns bytea language sql immutable
return substring(sha256(convert_to(json_build_array(p_account_id, (extract(epoch from p_at) * 1000000)::bigint, p_id, p_event,
  p_result, p_number, p_client_ip, p_device, p_details, p_actor, p_actor_id, p_role, p_act, p_target, p_reason,
  p_before::text, p_after::text, p_session_id, p_ended::text, p_xid::text)::text, 'UTF8')) from 1 for 16);

-- The hash of a seal, over its rows and the seal before: `hashOf` of src/audit/seal.ts.
create function vouch.seal_hash(p_month date, p_number bigint, p_ids bigint[], p_digests bytea, p_previous bytea)
returns bytea language sql immutable
return sha256(p_previous
  || convert_to(p_month::text || ' ' || p_number || ' ' || array_to_string(p_ids, ','), 'UTF8') || p_digests);

-- Settled rows that are not sealed, in their order.
create function vouch.unsealed_events(p_max int, p_after_xid xid8, p_after_id bigint, p_from_id bigint)
returns table (
  account_id uuid, at timestamptz, id bigint, xid xid8, event text, result text, act text, details text,
  session_id uuid, ended json, digest bytea
) language plpgsql as $$
declare
  v_settled xid8 := pg_snapshot_xmin(pg_current_snapshot());
begin
  return query select a.account_id, a.at, a.id, a.xid, a.event::text, a.result::text, a.act, a.details,
      a.session_id, a.ended_sessions,
      vouch.event_digest(a.account_id, a.at, a.id, a.event, a.result, a.number, a.client_ip, a.device, a.details, a.actor,
        a.actor_id, a.role, a.act, a.target, a.reason, a.before, a.after, a.session_id,
        a.ended_sessions, a.xid)
    from audit_event a where (a.xid, a.id) > (p_after_xid, p_after_id) and a.xid < v_settled and a.id > p_from_id
    order by a.xid, a.id limit p_max;
end $$;

-- Rows since a time and after an id, in the order of their ids. The caller has stopped all writers.
create function vouch.events_since(p_max int, p_since timestamptz, p_after_id bigint)
returns table (
  account_id uuid, at timestamptz, id bigint, xid xid8, event text, result text, act text, details text,
  session_id uuid, ended json, digest bytea
) language plpgsql as $$
begin
  return query select a.account_id, a.at, a.id, a.xid, a.event::text, a.result::text, a.act, a.details,
      a.session_id, a.ended_sessions,
      vouch.event_digest(a.account_id, a.at, a.id, a.event, a.result, a.number, a.client_ip, a.device, a.details, a.actor,
        a.actor_id, a.role, a.act, a.target, a.reason, a.before, a.after, a.session_id,
        a.ended_sessions, a.xid)
    from audit_event a where a.at >= p_since and a.id > p_after_id order by a.id limit p_max;
end $$;

-- The ids of the newest events. The ids of any others are lower, unless a transaction took longer than that many.
create function vouch.newest_ids(p_max int) returns setof bigint language plpgsql as $$
begin
  return query select a.id from audit_event a order by a.at desc, a.id desc limit p_max;
end $$;

-- Whether a seal has an event.
create function vouch.is_sealed(p_month date, p_at timestamptz, p_id bigint) returns boolean language plpgsql as $$
begin
  perform from audit_seal s where s.month = p_month and s.first_at <= p_at and s.last_at >= p_at and p_id = any(s.ids);
  return found;
end $$;

-- The place up to which rows are sealed, which no other process changes meanwhile; null if one is just sealing.
create function vouch.lock_position(
  p_key text, p_system text, p_now timestamptz,
  out system text, out after_xid xid8, out after_id bigint, out from_id bigint, out sealed_at timestamptz
) language plpgsql as $$
begin
  insert into audit_position (name, system, after_xid, after_id, from_id, sealed_at)
    values (p_key, p_system, '0', 0, 0, '-infinity') on conflict (name) do nothing;
  select p.system, p.after_xid, p.after_id, p.from_id, p.sealed_at into system, after_xid, after_id, from_id, sealed_at
    from audit_position p where p.name = p_key for update skip locked;
end $$;

-- Moves the place on.
create function vouch.move_position(
  p_key text, p_system text, p_after_xid xid8, p_after_id bigint, p_from_id bigint, p_sealed_at timestamptz
) returns void language plpgsql as $$
begin
  update audit_position p set system = p_system, after_xid = p_after_xid, after_id = p_after_id, from_id = p_from_id,
    sealed_at = p_sealed_at where p.name = p_key;
end $$;

-- Adds a seal to the chain of a month.
create function vouch.insert_seal(
  p_month date, p_ids bigint[], p_digests bytea, p_first_at timestamptz, p_last_at timestamptz, p_key_id text, p_key bytea,
  p_now timestamptz
) returns void language plpgsql as $$
declare
  v_number bigint;
  v_previous bytea;
  v_hash bytea;
begin
  select m.seals, m.hash into v_number, v_previous from audit_month m where m.month = p_month;
  v_number := coalesce(v_number, 0) + 1;
  v_previous := coalesce(v_previous, sha256(convert_to(p_month::text, 'UTF8')));
  v_hash := vouch.seal_hash(p_month, v_number, p_ids, p_digests, v_previous);
  insert into audit_seal (month, number, ids, digests, first_at, last_at, sealed_at, previous, hash, key_id, mac)
    values (p_month, v_number, p_ids, p_digests, p_first_at, p_last_at, p_now, v_previous, v_hash, p_key_id,
      vouch.keyed_hash(p_key, v_hash));
  insert into audit_month (month, seals, hash, mac)
    values (p_month, v_number, v_hash, vouch.keyed_hash(p_key, convert_to('newest', 'UTF8') || v_hash))
    on conflict (month) do update set seals = excluded.seals, hash = excluded.hash, mac = excluded.mac;
end $$;

-- Deletes the seals of a month.
create function vouch.delete_seals(p_month date) returns void language plpgsql as $$
begin
  delete from audit_seal s where s.month = p_month;
  delete from audit_month m where m.month = p_month;
end $$;

-- The digests of the events between two times, in the order of their ids.
create function vouch.digests_between(p_max int, p_from timestamptz, p_until timestamptz, p_after bigint, p_now timestamptz)
returns table (id bigint, digest bytea) language plpgsql as $$
begin
  return query select a.id,
      vouch.event_digest(a.account_id, a.at, a.id, a.event, a.result, a.number, a.client_ip, a.device, a.details, a.actor,
        a.actor_id, a.role, a.act, a.target, a.reason, a.before, a.after, a.session_id,
        a.ended_sessions, a.xid)
    from audit_event a where a.at >= p_from and a.at < p_until and a.id > p_after order by a.id limit p_max;
end $$;
