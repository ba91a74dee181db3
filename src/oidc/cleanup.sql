-- Deletes a record that has expired, unless somebody holds its row.
create function vouch.delete_expired_oidc_record(p_key text, p_now timestamptz) returns boolean language plpgsql as $$
begin
  perform from oidc_record r where r.key = p_key and r.expires_at < p_now for update skip locked;
  if found then
    delete from oidc_record r where r.key = p_key;
    return true;
  end if;
  return false;
end $$;

-- The same for a name.
create function vouch.delete_expired_oidc_name(p_key text, p_now timestamptz) returns boolean language plpgsql as $$
begin
  perform from oidc_name n where n.key = p_key and n.expires_at < p_now for update skip locked;
  if found then
    delete from oidc_name n where n.key = p_key;
    return true;
  end if;
  return false;
end $$;

-- Deletes a batch of the expired records, from those that ended at the time `p_from` on. Returns how many rows it saw and
-- deleted, and the newest time among them.
create function vouch.delete_expired_oidc_records(
  p_max int, p_from timestamptz, p_now timestamptz, out seen int, out deleted int, out until timestamptz
) language plpgsql as $$
declare
  e record;
begin
  seen := 0;
  deleted := 0;
  for e in
    select r.key, r.expires_at from oidc_record r
      where r.expires_at >= p_from and r.expires_at < p_now order by r.expires_at limit p_max
  loop
    seen := seen + 1;
    deleted := deleted + vouch.delete_expired_oidc_record(e.key, p_now)::int;
    until := e.expires_at;
  end loop;
end $$;

-- Deletes a batch of the expired names, as `delete_expired_oidc_records` does.
create function vouch.delete_expired_oidc_names(
  p_max int, p_from timestamptz, p_now timestamptz, out seen int, out deleted int, out until timestamptz
) language plpgsql as $$
declare
  e record;
begin
  seen := 0;
  deleted := 0;
  for e in
    select n.key, n.expires_at from oidc_name n
      where n.expires_at >= p_from and n.expires_at < p_now order by n.expires_at limit p_max
  loop
    seen := seen + 1;
    deleted := deleted + vouch.delete_expired_oidc_name(e.key, p_now)::int;
    until := e.expires_at;
  end loop;
end $$;
