-- Circuit breakers of providers that failed lately, shared by all processes. Their limits are in src/routing/breaker.ts.

create function vouch.breaker_state(p_open_until timestamptz, p_now timestamptz) returns text language sql immutable
return case when p_open_until is null then 'closed' when p_open_until > p_now then 'open' else 'half-open' end;

-- The breakers of all providers.
create function vouch.read_breakers(p_max int, p_now timestamptz)
returns table (provider text, failures int, state text, reason text) language plpgsql as $$
begin
  return query select b.provider, b.failures, vouch.breaker_state(b.open_until, p_now), b.reason
    from breaker b order by b.provider limit p_max;
end $$;

-- Counts a failure, and opens the breaker after enough of them in a row. Each cooldown in a row is twice as long as the
-- one before, up to the longest. Failures of attempts that began before it opened prolong nothing.
create function vouch.count_failure(
  p_provider text, p_reason text, p_failures_to_open int, p_cooldown_seconds float8, p_max_cooldown_seconds float8,
  p_now timestamptz, out failures int, out state text
) language plpgsql as $$
declare
  v_cooldown float8;
  e breaker%rowtype;
begin
  insert into breaker as b (provider, failures, changed_at, reason) values (p_provider, 1, p_now, p_reason)
    on conflict (provider) do update set failures = least(b.failures + 1, 1000000), changed_at = excluded.changed_at,
      reason = excluded.reason
    returning b.* into e;
  if e.failures >= p_failures_to_open and (e.open_until is null or e.open_until <= p_now) then
    v_cooldown := least(p_max_cooldown_seconds, p_cooldown_seconds * 2 ^ least(e.openings, 10));
    e.open_until := p_now + make_interval(secs => v_cooldown);
    update breaker b set openings = b.openings + 1, open_until = e.open_until where b.provider = p_provider;
  end if;
  failures := e.failures;
  state := vouch.breaker_state(e.open_until, p_now);
end $$;

-- Deletes the breaker of a provider that has recovered.
create function vouch.reset_breaker(p_provider text, p_now timestamptz) returns void language plpgsql as $$
begin
  delete from breaker b where b.provider = p_provider;
end $$;

-- Claims the probe of a half-open breaker: it is open for others until the probe has ended, or the cooldown.
create function vouch.claim_probe(p_provider text, p_cooldown_seconds float8, p_now timestamptz, out is_claimed boolean)
language plpgsql as $$
declare
  v_open_until timestamptz := p_now + make_interval(secs => p_cooldown_seconds);
begin
  update breaker b set open_until = v_open_until where b.provider = p_provider and b.open_until <= p_now;
  is_claimed := found;
end $$;

-- Releases a probe that decided nothing: the next message may probe.
create function vouch.release_probe(p_provider text, p_now timestamptz) returns void language plpgsql as $$
begin
  update breaker b set open_until = p_now where b.provider = p_provider and b.open_until > p_now;
end $$;
