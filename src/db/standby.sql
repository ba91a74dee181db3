-- A process reads from a standby only while the standby proves that it is fresh: it shows a `seq` of its own row that the
-- process has written on the primary lately. A row is a lease, too: a process that ends sessions waits for each standby whose
-- row was renewed lately. Times are those of the primary alone.

-- The row that stands for all standbys.
create function vouch.all_standbys() returns text language sql immutable return '*';

-- Reads begin this long after the first standby was registered: longer than a transaction that has not seen it may take.
create function vouch.standby_delay() returns interval language sql immutable return interval '15 s';

-- The identity of this server until its next restart. Two URLs of one server have the same.
create function vouch.own_server() returns text language sql stable
  return (extract(epoch from pg_postmaster_start_time()) * 1000000)::bigint || ':' || current_setting('port');

-- The cluster and the timeline of the primary: a `seq` of another one proves nothing, since a failover may have lost its end.
create function vouch.own_timeline() returns text language sql volatile
  return (pg_control_system()).system_identifier || '/' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8);

-- The next `seq`: microseconds since 1970, and never less than the last one and one more. So a primary that was restored
-- from a backup repeats none that a standby of its former self shows.
create function vouch.next_seq(p_last bigint, p_now timestamptz) returns bigint language sql immutable
  return greatest(p_last + 1, (extract(epoch from p_now) * 1000000)::bigint);

-- Whether any process may read from standbys, so that a change that has to be seen everywhere waits for them.
create function vouch.has_standbys(p_server text) returns boolean language plpgsql as $$
begin
  perform from standby s where s.server = p_server;
  return found;
end $$;

-- Registers a row, unless it exists; the time of its registration.
create function vouch.register_standby(p_server text, p_timeline text, p_now timestamptz) returns timestamptz
language plpgsql as $$
declare
  v_hour_ago timestamptz := p_now - interval '1 hour';
  v_created_at timestamptz;
begin
  insert into standby (server, timeline, seq, created_at, renewed_at) values (p_server, p_timeline, 0, p_now, p_now)
    on conflict (server) do nothing;
  update standby s set renewed_at = p_now where s.server = p_server and s.renewed_at < v_hour_ago;
  select s.created_at into v_created_at from standby s where s.server = p_server;
  return v_created_at;
end $$;

-- Renews the lease of a standby.
create function vouch.renew_lease(p_server text, p_timeline text, p_now timestamptz) returns bigint language plpgsql as $$
declare
  v_seq bigint;
begin
  update standby s set timeline = p_timeline, seq = vouch.next_seq(s.seq, p_now), renewed_at = p_now
    where s.server = p_server returning s.seq into v_seq;
  return v_seq;
end $$;

-- The same, for a standby that may be new. `may_read` is false until no transaction is left that does not know of standbys.
-- No promise depends on the survival of a renewal, so it does not wait for the disk. Composite.
create function vouch.renew_standby(
  p_server text, p_now timestamptz, out timeline text, out seq bigint, out may_read boolean, out at timestamptz
) language plpgsql as $$
begin
  perform set_config('synchronous_commit', 'off', true);
  at := p_now;
  timeline := vouch.own_timeline();
  may_read := vouch.register_standby(vouch.all_standbys(), timeline, p_now) <= p_now - vouch.standby_delay();
  perform vouch.register_standby(p_server, timeline, p_now);
  seq := vouch.renew_lease(p_server, timeline, p_now);
end $$;

-- Raises the `seq` of a standby without renewing its lease.
create function vouch.mark_standby(p_server text, p_timeline text, p_now timestamptz) returns bigint language plpgsql as $$
declare
  v_seq bigint;
begin
  update standby s set timeline = p_timeline, seq = vouch.next_seq(s.seq, p_now) where s.server = p_server
    returning s.seq into v_seq;
  return v_seq;
end $$;

-- Marks the end of all that was committed before, for each standby with a lease: it shows `seq` when it has replayed that.
-- On the disk at once, so that it is sent, but without a wait for a synchronous standby, which may be lost.
create function vouch.mark_standbys(p_max int, p_now timestamptz) returns table (server text, timeline text, seq bigint)
language plpgsql as $$
declare
  v_since timestamptz := p_now - interval '10 s';
begin
  perform set_config('synchronous_commit', 'local', true);
  timeline := vouch.own_timeline();
  for server in
    select s.server from standby s where s.server <> vouch.all_standbys() and s.renewed_at > v_since order by s.server
      limit p_max
  loop
    seq := vouch.mark_standby(server, timeline, p_now);
    return next;
  end loop;
end $$;

-- The row of a server as this server has it.
create function vouch.shown_lease(p_server text, out timeline text, out seq bigint) language plpgsql as $$
begin
  select s.timeline, s.seq into timeline, seq from standby s where s.server = p_server;
end $$;

-- The identity of this server, and how far it has come; `seq` is null if its row has not been replayed yet. Composite.
create function vouch.show_standby(
  p_now timestamptz, out server text, out timeline text, out seq bigint, out is_standby boolean
) language plpgsql as $$
declare
  l record;
begin
  server := vouch.own_server();
  l := vouch.shown_lease(server);
  timeline := l.timeline;
  seq := l.seq;
  is_standby := pg_is_in_recovery();
end $$;

-- Raises `VO003` unless this server has come so far. A statement after it sees at least that: each has a new snapshot.
create function vouch.require_replay(p_timeline text, p_seq bigint) returns void language plpgsql as $$
declare
  l record := vouch.shown_lease(vouch.own_server());
begin
  if l.timeline is distinct from p_timeline or l.seq < p_seq then
    raise 'the standby is behind' using errcode = 'VO003';
  end if;
end $$;

-- Deletes the row of a standby that was not renewed since a time.
create function vouch.delete_standby(p_server text, p_before timestamptz) returns boolean language plpgsql as $$
begin
  delete from standby s where s.server = p_server and s.renewed_at < p_before;
  return found;
end $$;

-- Deletes a batch of the standbys that nobody has read from for a day, from those renewed at the time `p_from` on. Returns
-- as `delete_expired_sessions` does.
create function vouch.delete_old_standbys(
  p_max int, p_from timestamptz, p_now timestamptz, out seen int, out deleted int, out until timestamptz
) language plpgsql as $$
declare
  v_before timestamptz := p_now - interval '1 day';
  e record;
begin
  seen := 0;
  deleted := 0;
  for e in
    select s.server, s.renewed_at from standby s where s.renewed_at >= p_from and s.renewed_at < v_before
      order by s.renewed_at limit p_max
  loop
    seen := seen + 1;
    deleted := deleted + vouch.delete_standby(e.server, v_before)::int;
    until := e.renewed_at;
  end loop;
end $$;
