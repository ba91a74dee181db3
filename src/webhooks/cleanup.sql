-- Deletes an event of an endpoint with its attempts, unless somebody holds its row.
create function vouch.delete_webhook_delivery(p_id text, p_seq bigint) returns boolean language plpgsql as $$
begin
  perform from webhook_delivery d where d.endpoint_id = p_id and d.seq = p_seq and d.state <> 'waiting'
    for update skip locked;
  if found then
    delete from webhook_attempt a where a.endpoint_id = p_id and a.seq = p_seq;
    delete from webhook_delivery d where d.endpoint_id = p_id and d.seq = p_seq;
    return true;
  end if;
  return false;
end $$;

-- Deletes a batch of the events that are older than 30 days and wait for no attempt, from the time `p_from` on. Returns how
-- many rows it saw and deleted, and the newest time among them.
create function vouch.delete_old_webhooks(
  p_max int, p_from timestamptz, p_now timestamptz, out seen int, out deleted int, out until timestamptz
) language plpgsql as $$
declare
  v_before timestamptz := p_now - interval '30 days';
  d record;
begin
  seen := 0;
  deleted := 0;
  for d in
    select w.endpoint_id, w.seq, w.at from webhook_delivery w
      where w.at >= p_from and w.at < v_before and w.state <> 'waiting' order by w.at limit p_max
  loop
    seen := seen + 1;
    deleted := deleted + vouch.delete_webhook_delivery(d.endpoint_id, d.seq)::int;
    until := d.at;
  end loop;
end $$;
