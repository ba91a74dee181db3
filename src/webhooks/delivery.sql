-- The sending of queued events. A worker leases an event by moving its time on: if the worker dies, another one sends the event
-- again, under the same id.

-- The events that are due, of endpoints that are not busy.
create function vouch.due_deliveries(p_max int, p_busy text[], p_now timestamptz) returns table (endpoint_id text, seq bigint)
language plpgsql as $$
begin
  return query select d.endpoint_id, d.seq from webhook_delivery d
    where d.next_at <= p_now and not (d.endpoint_id = any(p_busy)) order by d.next_at, d.seq limit p_max;
end $$;

-- Leases an event, unless another worker has it.
create function vouch.lease_delivery(p_id text, p_seq bigint, p_lease_seconds float8, p_now timestamptz)
returns setof webhook_delivery language plpgsql as $$
declare
  v_until timestamptz := p_now + make_interval(secs => p_lease_seconds);
begin
  perform from webhook_delivery d where d.endpoint_id = p_id and d.seq = p_seq and d.next_at <= p_now
    for update skip locked;
  if found then
    return query update webhook_delivery d set next_at = v_until where d.endpoint_id = p_id and d.seq = p_seq returning d.*;
  end if;
end $$;

-- The address and the secrets of an endpoint.
create function vouch.endpoint_target(
  p_id text, p_now timestamptz, out url text, out with_numbers boolean, out secret bytea, out previous_secret bytea
) language plpgsql as $$
begin
  select e.url, e.with_numbers, e.secret, case when e.previous_until > p_now then e.previous_secret end
    into url, with_numbers, secret, previous_secret from webhook_endpoint e where e.id = p_id;
end $$;

-- Leases due events for a worker, with all that it needs to send them. Composite.
create function vouch.claim_webhooks(p_max int, p_busy text[], p_lease_seconds float8, p_now timestamptz)
returns table (
  endpoint_id text, seq bigint, event_id text, type text, at timestamptz, data json, phone_number text, retries int,
  url text, secret bytea, previous_secret bytea
) language plpgsql as $$
declare
  k record;
  d record;
  w record;
begin
  for k in select * from vouch.due_deliveries(p_max, p_busy, p_now) loop
    for d in select * from vouch.lease_delivery(k.endpoint_id, k.seq, p_lease_seconds, p_now) loop
      w := vouch.endpoint_target(d.endpoint_id, p_now);
      continue when w.url is null;
      endpoint_id := d.endpoint_id; seq := d.seq; event_id := d.event_id; type := d.type; at := d.at; data := d.data;
      retries := d.retries; url := w.url; secret := w.secret; previous_secret := w.previous_secret;
      phone_number := case when w.with_numbers then
        coalesce(d.phone_number, case when d.account_id is not null then vouch.number_of(d.account_id) end) end;
      return next;
    end loop;
  end loop;
end $$;

-- Records the outcome of an attempt: delivered without an error, waiting again if there is a retry, failed else. False if the
-- event is no longer waiting.
create function vouch.finish_webhook(
  p_id text, p_seq bigint, p_status int, p_error text, p_milliseconds int, p_retry_seconds float8, p_now timestamptz
) returns boolean language plpgsql as $$
declare
  v_next_at timestamptz := case when p_error is not null then p_now + make_interval(secs => p_retry_seconds) end;
  v_number int;
begin
  update webhook_delivery d set attempts = d.attempts + 1, retries = d.retries + 1, next_at = v_next_at,
      state = case when p_error is null then 'delivered' when v_next_at is not null then 'waiting' else 'failed' end,
      phone_number = case when v_next_at is not null then d.phone_number end
    where d.endpoint_id = p_id and d.seq = p_seq and d.state = 'waiting' returning d.attempts into v_number;
  if v_number is null then
    return false;
  end if;
  insert into webhook_attempt (endpoint_id, seq, number, at, status, error, milliseconds)
    values (p_id, p_seq, v_number, p_now, p_status, p_error, p_milliseconds);
  return true;
end $$;

-- Notes whether an endpoint fails, and since when; the time of its first failure since the last success.
create function vouch.note_outcome(p_id text, p_is_good boolean, p_now timestamptz) returns timestamptz
language plpgsql as $$
declare
  v_since timestamptz;
begin
  select e.failing_since into v_since from webhook_endpoint e where e.id = p_id;
  if p_is_good and v_since is not null then
    update webhook_endpoint e set failing_since = null where e.id = p_id;
  elsif not p_is_good and v_since is null then
    update webhook_endpoint e set failing_since = p_now where e.id = p_id;
  end if;
  return case when not p_is_good then coalesce(v_since, p_now) end;
end $$;

-- Records the outcome of an attempt. An endpoint that is gone, or has failed for five days, is disabled: why, or null.
-- Composite.
create function vouch.record_webhook_attempt(
  p_id text, p_seq bigint, p_status int, p_error text, p_milliseconds int, p_retry_seconds float8, p_now timestamptz
) returns text language plpgsql as $$
declare
  v_since timestamptz;
  v_reason text;
begin
  if not vouch.finish_webhook(p_id, p_seq, p_status, p_error, p_milliseconds, p_retry_seconds, p_now) then
    return null;
  end if;
  v_since := vouch.note_outcome(p_id, p_error is null, p_now);
  v_reason := case when p_status = 410 then 'gone' when v_since <= p_now - interval '5 days' then 'failing' end;
  if v_reason is not null then
    perform vouch.disable_endpoint(p_id, v_reason, p_now);
    perform vouch.pause_deliveries(p_id);
  end if;
  return v_reason;
end $$;

-- Disables an endpoint, unless it is disabled.
create function vouch.disable_endpoint(p_id text, p_reason text, p_now timestamptz) returns void language plpgsql as $$
begin
  update webhook_endpoint e set disabled_at = p_now, disabled_reason = p_reason where e.id = p_id and e.disabled_at is null;
end $$;

-- Keeps the events of a disabled endpoint until it is enabled.
create function vouch.pause_deliveries(p_id text) returns void language plpgsql as $$
begin
  update webhook_delivery d set state = 'paused', next_at = null where d.endpoint_id = p_id and d.state = 'waiting';
end $$;

-- Sends them, with all retries.
create function vouch.resume_deliveries(p_id text, p_now timestamptz) returns void language plpgsql as $$
begin
  update webhook_delivery d set state = 'waiting', next_at = p_now, retries = 0
    where d.endpoint_id = p_id and d.state = 'paused';
end $$;

-- Sends events of an endpoint again, whose numbers are greater than one and at most another; how many. Those of a disabled
-- endpoint stay.
create function vouch.replay_deliveries(p_id text, p_after bigint, p_until bigint, p_now timestamptz) returns int
language plpgsql as $$
declare
  v_count int;
begin
  perform from webhook_endpoint e where e.id = p_id and e.disabled_at is null;
  if not found then
    return 0;
  end if;
  update webhook_delivery d set state = 'waiting', next_at = p_now, retries = 0
    where d.endpoint_id = p_id and d.seq > p_after and d.seq <= p_until and d.state <> 'waiting';
  get diagnostics v_count = row_count;
  return v_count;
end $$;

-- The same, and the act. Composite.
create function vouch.replay_webhook(
  p_id text, p_after bigint, p_until bigint, p_actor json, p_now timestamptz, out replayed int, out recorded json
) language plpgsql as $$
begin
  replayed := vouch.replay_deliveries(p_id, p_after, p_until, p_now);
  recorded := vouch.record_act(null, 'manage_webhooks', p_actor, 'webhook:' || p_id, null, 'replayed: ' || replayed, null,
    null, p_now);
end $$;
