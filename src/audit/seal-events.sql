-- Seals a batch of settled events and returns them in their order; none while another process seals. Composite.
create function vouch.seal_events(p_max int, p_key_id text, p_key bytea, p_now timestamptz)
returns table (
  account_id uuid, at timestamptz, id bigint, event text, result text, act text, details text, session_id uuid, ended json
)
language plpgsql as $$
declare
  v_system text := vouch.own_cluster();
  l record := vouch.lock_position('trail', v_system, p_now);
  v_ids bigint[] := '{}';
  v_digests bytea := '';
  v_first timestamptz;
  v_last timestamptz;
  e record;
begin
  if l.system is null then
    return;
  end if;
  if l.system <> v_system then
    return query select * from vouch.seal_copied_events(p_max, p_key_id, p_key, p_now, v_system, l.from_id, l.sealed_at);
    return;
  end if;
  for e in select * from vouch.unsealed_events(p_max, l.after_xid, l.after_id, l.from_id) loop
    if cardinality(v_ids) > 0 and vouch.month_of(e.at) <> vouch.month_of(v_last) then
      perform vouch.insert_seal(vouch.month_of(v_last), v_ids, v_digests, v_first, v_last, p_key_id, p_key, p_now);
      v_ids := '{}'; v_digests := ''; v_first := null; v_last := null;
    end if;
    v_ids := v_ids || e.id;
    v_digests := v_digests || e.digest;
    v_first := least(v_first, e.at);
    v_last := greatest(v_last, e.at);
    account_id := e.account_id; at := e.at; id := e.id; event := e.event; result := e.result; act := e.act;
    details := e.details; session_id := e.session_id; ended := e.ended;
    return next;
  end loop;
  if cardinality(v_ids) > 0 then
    perform vouch.insert_seal(vouch.month_of(v_last), v_ids, v_digests, v_first, v_last, p_key_id, p_key, p_now);
    perform vouch.move_position('trail', v_system, e.xid, e.id, l.from_id, p_now);
  end if;
end $$;

-- The same in another cluster than before, as after a restore of a dump, in which the numbers of transactions begin anew:
-- writers are stopped for a moment, and each event that no seal has gets one of its own. Composite.
create function vouch.seal_copied_events(
  p_max int, p_key_id text, p_key bytea, p_now timestamptz, p_system text, p_from_id bigint, p_sealed_at timestamptz
) returns table (
  account_id uuid, at timestamptz, id bigint, event text, result text, act text, details text, session_id uuid, ended json
)
language plpgsql as $$
declare
  -- transactions are shorter than a day
  v_since timestamptz := p_sealed_at - interval '1 day';
  v_read int := 0;
  v_id bigint := p_from_id;
  e record;
begin
  perform vouch.stop_audit_writers();
  for e in select * from vouch.events_since(p_max, v_since, p_from_id) loop
    v_read := v_read + 1;
    v_id := e.id;
    if not vouch.is_sealed(vouch.month_of(e.at), e.at, e.id) then
      perform vouch.insert_seal(vouch.month_of(e.at), array[e.id], e.digest, e.at, e.at, p_key_id, p_key, p_now);
      account_id := e.account_id; at := e.at; id := e.id; event := e.event; result := e.result; act := e.act;
      details := e.details; session_id := e.session_id; ended := e.ended;
      return next;
    end if;
  end loop;
  if v_read < p_max then
    perform vouch.move_position('trail', p_system, '0', 0,
      greatest(v_id, (select max(n) from vouch.newest_ids(10000) n)), p_now);
  else
    perform vouch.move_position('trail', 'copy', '0', 0, v_id, p_sealed_at);
  end if;
end $$;

-- Waits for the transactions that have written an event, and keeps others waiting until the end of this one. Raises 55P03 if
-- it is not there soon.
create function vouch.stop_audit_writers() returns void language plpgsql as $$
begin
  perform set_config('lock_timeout', '200ms', true);
  lock table only audit_event in share mode;
end $$;
