-- Deletes an idempotent request, unless somebody holds its row, or it is being run.
create function vouch.delete_request(p_key text, p_before timestamptz, p_now timestamptz) returns boolean
language plpgsql as $$
begin
  perform from idempotent_request i
    where i.key = p_key and i.created_at < p_before and i.leased_until <= p_now for update skip locked;
  if found then
    delete from idempotent_request i where i.key = p_key;
    return true;
  end if;
  return false;
end $$;

-- Deletes a batch of the idempotent requests that are older than some hours, from the time `p_from` on. Returns how many
-- rows it saw and deleted, and the newest time among them.
create function vouch.delete_old_requests(
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
    select i.key, i.created_at from idempotent_request i
      where i.created_at >= p_from and i.created_at < v_before order by i.created_at limit p_max
  loop
    seen := seen + 1;
    deleted := deleted + vouch.delete_request(e.key, v_before, p_now)::int;
    until := e.created_at;
  end loop;
end $$;
