-- Endpoints of webhooks. Their secrets are encrypted (src/webhooks/sealed-secret.ts).

-- Inserts an endpoint.
create function vouch.insert_endpoint(
  p_id text, p_url text, p_description text, p_events text[], p_with_numbers boolean, p_secret bytea, p_now timestamptz
) returns void language plpgsql as $$
begin
  insert into webhook_endpoint (id, url, description, events, with_numbers, secret, created_at)
    values (p_id, p_url, p_description, p_events, p_with_numbers, p_secret, p_now);
end $$;

-- Adds an endpoint, and records the act. Composite.
create function vouch.add_webhook(
  p_id text, p_url text, p_description text, p_events text[], p_with_numbers boolean, p_secret bytea, p_actor json,
  p_now timestamptz
) returns json language plpgsql as $$
begin
  perform vouch.insert_endpoint(p_id, p_url, p_description, p_events, p_with_numbers, p_secret, p_now);
  return vouch.record_act(null, 'manage_webhooks', p_actor, 'webhook:' || p_id, null, 'added', null,
    json_build_object('url', p_url, 'events', p_events, 'with_numbers', p_with_numbers), p_now);
end $$;

-- Changes an endpoint; null leaves a value as it is. `is_enabled` starts it again, or stops it by the operator. No row for
-- an unknown id.
create function vouch.update_endpoint(
  p_id text, p_url text, p_description text, p_events text[], p_with_numbers boolean, p_is_enabled boolean,
  p_now timestamptz, out before json, out after json
) returns setof record language plpgsql as $$
declare
  w webhook_endpoint%rowtype;
begin
  select e.* into w from webhook_endpoint e where e.id = p_id for update;
  if not found then
    return;
  end if;
  before := json_build_object('url', w.url, 'events', w.events, 'with_numbers', w.with_numbers, 'disabled',
    w.disabled_reason);
  update webhook_endpoint e set url = coalesce(p_url, e.url), description = coalesce(p_description, e.description),
      events = coalesce(p_events, e.events), with_numbers = coalesce(p_with_numbers, e.with_numbers),
      disabled_at = case when p_is_enabled then null when not p_is_enabled then coalesce(e.disabled_at, p_now)
        else e.disabled_at end,
      disabled_reason = case when p_is_enabled then null when not p_is_enabled then coalesce(e.disabled_reason, 'operator')
        else e.disabled_reason end,
      failing_since = case when p_is_enabled then null else e.failing_since end
    where e.id = p_id returning e.* into w;
  after := json_build_object('url', w.url, 'events', w.events, 'with_numbers', w.with_numbers, 'disabled',
    w.disabled_reason);
  return next;
end $$;

-- The same with its events, and the act. Composite.
create function vouch.change_webhook(
  p_id text, p_url text, p_description text, p_events text[], p_with_numbers boolean, p_is_enabled boolean, p_actor json,
  p_now timestamptz
) returns json language plpgsql as $$
declare
  c record;
begin
  select * into c from vouch.update_endpoint(p_id, p_url, p_description, p_events, p_with_numbers, p_is_enabled, p_now);
  if c.after is null then
    return null;
  end if;
  if p_is_enabled then
    perform vouch.resume_deliveries(p_id, p_now);
  elsif not p_is_enabled then
    perform vouch.pause_deliveries(p_id);
  end if;
  return vouch.record_act(null, 'manage_webhooks', p_actor, 'webhook:' || p_id, null, 'changed', c.before, c.after, p_now);
end $$;

-- Gives an endpoint a new secret. The present one signs too for the overlap. False for an unknown id.
create function vouch.replace_webhook_secret(p_id text, p_secret bytea, p_overlap_seconds float8, p_now timestamptz)
returns boolean language plpgsql as $$
declare
  v_until timestamptz := p_now + make_interval(secs => p_overlap_seconds);
begin
  update webhook_endpoint e set previous_secret = e.secret, previous_until = v_until, secret = p_secret where e.id = p_id;
  return found;
end $$;

-- The same, and the act. Composite.
create function vouch.rotate_webhook(
  p_id text, p_secret bytea, p_overlap_seconds float8, p_actor json, p_now timestamptz
) returns json language plpgsql as $$
begin
  if not vouch.replace_webhook_secret(p_id, p_secret, p_overlap_seconds, p_now) then
    return null;
  end if;
  return vouch.record_act(null, 'manage_webhooks', p_actor, 'webhook:' || p_id, null, 'secret rotated', null, null, p_now);
end $$;

-- Encrypts the secrets of an endpoint by a newer key, unless they have changed meanwhile.
create function vouch.reseal_webhook(p_id text, p_old bytea, p_secret bytea, p_previous bytea, p_now timestamptz)
returns void language plpgsql as $$
begin
  update webhook_endpoint e set secret = p_secret,
      previous_secret = case when e.previous_secret is null then null else coalesce(p_previous, e.previous_secret) end
    where e.id = p_id and e.secret = p_old;
end $$;

-- Deletes an endpoint. False for an unknown id.
create function vouch.delete_endpoint(p_id text) returns boolean language plpgsql as $$
begin
  delete from webhook_endpoint e where e.id = p_id;
  if not found then
    return false;
  end if;
  delete from webhook_attempt a where a.endpoint_id = p_id;
  delete from webhook_delivery d where d.endpoint_id = p_id;
  return true;
end $$;

-- Deletes an endpoint with its events, and records the act. Composite.
create function vouch.delete_webhook(p_id text, p_actor json, p_now timestamptz) returns json language plpgsql as $$
begin
  if not vouch.delete_endpoint(p_id) then
    return null;
  end if;
  return vouch.record_act(null, 'manage_webhooks', p_actor, 'webhook:' || p_id, null, 'deleted', null, null, p_now);
end $$;
