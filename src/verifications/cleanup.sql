-- Deletes a verification, unless somebody holds its row.
create function vouch.delete_verification(p_id uuid) returns boolean language plpgsql as $$
begin
  perform from verification v where v.id = p_id for update skip locked;
  if found then
    delete from verification v where v.id = p_id;
    return true;
  end if;
  return false;
end $$;

-- Deletes a batch of the verifications that are older than some hours, from the time `p_from` on. Returns how many rows it saw and
-- deleted, and the newest time among them.
create function vouch.delete_old_verifications(
  p_max int, p_from timestamptz, p_keep_hours float8, p_now timestamptz,
  out seen int, out deleted int, out until timestamptz
) language plpgsql as $$
declare
  v_before timestamptz := p_now - p_keep_hours * interval '1 hour';
  e record;
begin
  seen := 0;
  deleted := 0;
  for e in
    select v.id, v.created_at from verification v
      where v.created_at >= p_from and v.created_at < v_before order by v.created_at limit p_max
  loop
    seen := seen + 1;
    deleted := deleted + vouch.delete_verification(e.id)::int;
    until := e.created_at;
  end loop;
end $$;
