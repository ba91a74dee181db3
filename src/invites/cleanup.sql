-- Deletes a pair that was kept since the erasure of its account, unless somebody holds its row or it was erased again.
create function vouch.delete_counted_invite(p_pair_hash bytea, p_before timestamptz) returns boolean language plpgsql as $$
begin
  perform from counted_invite c where c.pair_hash = p_pair_hash and c.erased_at < p_before for update skip locked;
  if found then
    delete from counted_invite c where c.pair_hash = p_pair_hash;
    return true;
  end if;
  return false;
end $$;

-- Deletes a batch of the pairs that have been kept for some days, from those erased at the time `p_from` on. Returns how
-- many rows it saw and deleted, and the newest time among them.
create function vouch.delete_expired_counted(
  p_max int, p_from timestamptz, p_keep_days float8, p_now timestamptz,
  out seen int, out deleted int, out until timestamptz
) language plpgsql as $$
declare
  v_before timestamptz := p_now - p_keep_days * interval '1 day';
  e record;
begin
  seen := 0;
  deleted := 0;
  for e in
    select c.pair_hash, c.erased_at from counted_invite c
      where c.erased_at >= p_from and c.erased_at < v_before order by c.erased_at limit p_max
  loop
    seen := seen + 1;
    deleted := deleted + vouch.delete_counted_invite(e.pair_hash, v_before)::int;
    until := e.erased_at;
  end loop;
end $$;
