-- The exchange of a refresh token for its successor: docs/decisions/057-openid-provider.md.

-- After this time an exchange without an outcome may begin again: its process is gone. A repetition within it is a retry of a
-- client that lost a response, or several tabs at once.
create function vouch.exchange_patience() returns interval language sql immutable return interval '10 s';

-- Begins an exchange, and locks the token. `outcome` is begun, busy while another one is under way, sealed if it has been
-- exchanged, or unknown.
create function vouch.begin_oidc_exchange(
  p_key text, p_attempt uuid, p_now timestamptz,
  out outcome text, out sealed bytea, out successor_key text, out predecessor_key text, out grant_key text, out is_late boolean
) language plpgsql as $$
declare
  r oidc_record%rowtype;
  v_since timestamptz := p_now - vouch.exchange_patience();
begin
  select o.* into r from oidc_record o where o.key = p_key and o.expires_at > p_now for update;
  sealed := r.sealed;
  successor_key := r.successor_key;
  predecessor_key := r.predecessor_key;
  grant_key := r.grant_key;
  is_late := r.consumed_at < v_since;
  outcome := case when r.key is null then 'unknown' when r.sealed is not null then 'sealed'
    when r.consumed_at is null or is_late then 'begun' else 'busy' end;
  if outcome = 'begun' then
    update oidc_record o set consumed_at = p_now, attempt = p_attempt where o.key = p_key;
  end if;
end $$;

-- The generations in a row, up to this token, that were repeated late.
create function vouch.oidc_replays_of(p_key text) returns int language plpgsql as $$
begin
  return coalesce((select r.replays::int from oidc_record r where r.key = p_key), 0);
end $$;

-- Notes that a token was repeated late.
create function vouch.note_oidc_replay(p_key text, p_replays int) returns void language plpgsql as $$
begin
  update oidc_record r set replays = p_replays where r.key = p_key;
end $$;

-- Notes the use of the app by the use of its session. Composite.
create function vouch.touch_oidc_grant(p_grant_key text, p_idle_seconds float8, p_now timestamptz) returns void
language plpgsql as $$
declare
  g record := vouch.oidc_record_of(p_grant_key, p_now);
  l record;
begin
  l := vouch.live_session(g.account_id, g.session_hash, p_idle_seconds, p_now);
  if l.id is not null then
    perform vouch.touch_session(g.account_id, g.session_hash, l.last_used_at, p_now);
  end if;
end $$;

-- Begins an exchange, or returns the sealed response of an earlier one while its successor has not been used. `used` means theft:
-- the successor has been used, or three generations in a row were repeated late. Composite.
create function vouch.exchange_oidc_token(
  p_key text, p_attempt uuid, p_idle_seconds float8, p_now timestamptz, out outcome text, out sealed bytea
) language plpgsql as $$
declare
  b record := vouch.begin_oidc_exchange(p_key, p_attempt, p_now);
  s record;
  v_replays int;
begin
  outcome := b.outcome;
  if outcome = 'begun' then
    perform vouch.touch_oidc_grant(b.grant_key, p_idle_seconds, p_now);
  end if;
  if outcome <> 'sealed' then
    return;
  end if;
  s := vouch.oidc_record_of(b.successor_key, p_now);
  v_replays := case when b.is_late then 1 + vouch.oidc_replays_of(b.predecessor_key) else 0 end;
  if v_replays > 0 then
    perform vouch.note_oidc_replay(p_key, v_replays);
  end if;
  if s.key is null or s.is_consumed or v_replays >= 3 then
    outcome := 'used';
  else
    sealed := b.sealed;
  end if;
end $$;

-- Keeps the response of an exchange; false if another attempt has begun or finished since.
create function vouch.seal_oidc_exchange(p_key text, p_attempt uuid, p_sealed bytea, p_successor_key text) returns boolean
language plpgsql as $$
begin
  update oidc_record r set sealed = p_sealed, successor_key = p_successor_key
    where r.key = p_key and r.attempt = p_attempt and r.sealed is null;
  return found;
end $$;

-- Names the token that another one was exchanged for.
create function vouch.follow_oidc_token(p_key text, p_predecessor_key text) returns void language plpgsql as $$
begin
  update oidc_record r set predecessor_key = p_predecessor_key where r.key = p_key;
end $$;

-- Finishes an exchange; false if another attempt has begun or finished since. Composite.
create function vouch.finish_oidc_exchange(
  p_key text, p_attempt uuid, p_sealed bytea, p_successor_key text, p_now timestamptz
) returns boolean language plpgsql as $$
begin
  if not vouch.seal_oidc_exchange(p_key, p_attempt, p_sealed, p_successor_key) then
    return false;
  end if;
  perform vouch.follow_oidc_token(p_successor_key, p_key);
  return true;
end $$;
