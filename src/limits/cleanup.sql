-- Deletes a bucket that is full again, unless somebody holds its row or has used it meanwhile.
create function vouch.delete_bucket(p_key text, p_before timestamptz) returns boolean language plpgsql as $$
begin
  perform from rate_limit r where r.key = p_key and r.tat < p_before for update skip locked;
  if found then
    delete from rate_limit r where r.key = p_key;
    return true;
  end if;
  return false;
end $$;

-- Deletes a batch of the buckets that are full again, from those full at the time `p_from` on. Returns how many rows it saw
-- and deleted, and the newest time among them.
create function vouch.delete_full_buckets(
  p_max int, p_from timestamptz, p_now timestamptz, out seen int, out deleted int, out until timestamptz
) language plpgsql as $$
declare
  e record;
begin
  seen := 0;
  deleted := 0;
  for e in
    select r.key, r.tat from rate_limit r where r.tat >= p_from and r.tat < p_now order by r.tat limit p_max
  loop
    seen := seen + 1;
    deleted := deleted + vouch.delete_bucket(e.key, p_now)::int;
    until := e.tat;
  end loop;
end $$;

-- Deletes a refusal, unless somebody holds its row or it was repeated meanwhile.
create function vouch.delete_refusal(p_ending text, p_bucket text, p_before timestamptz) returns boolean language plpgsql as $$
begin
  perform from refusal r where r.ending = p_ending and r.bucket = p_bucket and r.last_at < p_before for update skip locked;
  if found then
    delete from refusal r where r.ending = p_ending and r.bucket = p_bucket;
    return true;
  end if;
  return false;
end $$;

-- Deletes a batch of the refusals that are older than some days, from the time `p_from` on. Returns how many rows it saw
-- and deleted, and the newest time among them.
create function vouch.delete_old_refusals(
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
    select r.ending, r.bucket, r.last_at from refusal r
      where r.last_at >= p_from and r.last_at < v_before order by r.last_at limit p_max
  loop
    seen := seen + 1;
    deleted := deleted + vouch.delete_refusal(e.ending, e.bucket, v_before)::int;
    until := e.last_at;
  end loop;
end $$;
