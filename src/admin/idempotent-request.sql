-- Claims an idempotent request for an attempt, until the lease ends. `outcome` is `claimed`; `finished` with the result of the
-- first request; `running` while another attempt has the lease; `other_request` if the key identifies another one.
-- A row whose attempt writes right now is locked, and so `running`.
create function vouch.claim_request(
  p_key text, p_fingerprint bytea, p_attempt uuid, p_lease_seconds int, p_keep_hours int, p_now timestamptz,
  out outcome text, out result bytea
) language plpgsql as $$
declare
  v_until timestamptz := p_now + make_interval(secs => p_lease_seconds);
  v_oldest timestamptz := p_now - make_interval(hours => p_keep_hours);
  r idempotent_request%rowtype;
begin
  insert into idempotent_request (key, fingerprint, attempt, created_at, leased_until)
    values (p_key, p_fingerprint, p_attempt, p_now, v_until) on conflict (key) do nothing;
  if found then
    outcome := 'claimed';
    return;
  end if;
  select i.* into r from idempotent_request i where i.key = p_key for update skip locked;
  if not found then
    outcome := 'running';
  elsif r.created_at <= v_oldest and r.leased_until <= p_now then
    -- the cleanup has not deleted it yet
    update idempotent_request i set fingerprint = p_fingerprint, attempt = p_attempt, created_at = p_now,
        leased_until = v_until, result = null
      where i.key = p_key;
    outcome := 'claimed';
  elsif r.fingerprint <> p_fingerprint then
    outcome := 'other_request';
  elsif r.result is not null then
    outcome := 'finished';
    result := r.result;
  elsif r.leased_until > p_now then
    outcome := 'running';
  else
    update idempotent_request i set attempt = p_attempt, leased_until = v_until where i.key = p_key;
    outcome := 'claimed';
  end if;
end $$;

-- Locks the claim of an attempt for the transaction of its act. False if another attempt has it by now.
create function vouch.hold_request(p_key text, p_attempt uuid, p_now timestamptz) returns boolean language plpgsql as $$
begin
  perform from idempotent_request i
    where i.key = p_key and i.attempt = p_attempt and i.result is null and i.leased_until > p_now for update;
  return found;
end $$;

-- Records the result, in the transaction of the act.
create function vouch.finish_request(p_key text, p_result bytea, p_now timestamptz) returns void
language plpgsql as $$
begin
  update idempotent_request i set result = p_result, leased_until = p_now where i.key = p_key;
end $$;

-- Gives up a claim without a result, so that a retry runs the request at once.
create function vouch.release_request(p_key text, p_attempt uuid, p_now timestamptz) returns void language plpgsql as $$
begin
  delete from idempotent_request i where i.key = p_key and i.attempt = p_attempt and i.result is null;
end $$;

-- Extends the lease of an attempt that runs for long. False if another attempt has the claim by now.
create function vouch.extend_request(p_key text, p_attempt uuid, p_lease_seconds int, p_now timestamptz) returns boolean
language plpgsql as $$
declare
  v_until timestamptz := p_now + make_interval(secs => p_lease_seconds);
begin
  update idempotent_request i set leased_until = v_until
    where i.key = p_key and i.attempt = p_attempt and i.result is null;
  return found;
end $$;
