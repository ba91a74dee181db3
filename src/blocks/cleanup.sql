-- Deletes a block that has ended, unless somebody holds its row or has changed its end meanwhile.
create function vouch.delete_ended_block(p_key text, p_value text, p_before timestamptz) returns boolean language plpgsql as $$
begin
  perform from block b where b.key = p_key and b.value = p_value and b.ends_at < p_before for update skip locked;
  if found then
    delete from block b where b.key = p_key and b.value = p_value;
    return true;
  end if;
  return false;
end $$;

-- Deletes a batch of the blocks that ended some days ago, from the end `p_from` on. Returns how many rows it saw and deleted, and
-- the newest end among them.
create function vouch.delete_ended_blocks(
  p_max int, p_from timestamptz, p_keep_days float8, p_now timestamptz, out seen int, out deleted int, out until timestamptz
) language plpgsql as $$
declare
  v_before timestamptz := p_now - p_keep_days * interval '1 day';
  e record;
begin
  seen := 0;
  deleted := 0;
  for e in
    select b.key, b.value, b.ends_at from block b where b.ends_at >= p_from and b.ends_at < v_before
      order by b.ends_at limit p_max
  loop
    seen := seen + 1;
    deleted := deleted + vouch.delete_ended_block(e.key, e.value, v_before)::int;
    until := e.ends_at;
  end loop;
end $$;
