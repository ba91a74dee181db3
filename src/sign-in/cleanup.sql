-- Deletes a challenge that counts for no limit any more, unless somebody holds its row or it was sent again meanwhile.
create function vouch.delete_challenge(p_phone_number text, p_device_trust text, p_asker bytea, p_before timestamptz)
returns boolean language plpgsql as $$
begin
  perform from challenge c
    where c.phone_number = p_phone_number and c.device_trust = p_device_trust and c.asker = p_asker
      and c.sent_at[1] < p_before for update skip locked;
  if found then
    delete from challenge c
      where c.phone_number = p_phone_number and c.device_trust = p_device_trust and c.asker = p_asker;
    return true;
  end if;
  return false;
end $$;

-- Deletes a batch of the challenges that count for no limit any more, from those last sent at the time `p_from` on. Returns
-- how many rows it saw and deleted, and the newest time among them.
create function vouch.delete_expired_challenges(
  p_max int, p_from timestamptz, p_keep_seconds float8, p_now timestamptz,
  out seen int, out deleted int, out until timestamptz
) language plpgsql as $$
declare
  v_before timestamptz := p_now - make_interval(secs => p_keep_seconds);
  e record;
begin
  seen := 0;
  deleted := 0;
  for e in
    select c.phone_number, c.device_trust, c.asker, c.sent_at[1] as sent_at from challenge c
      where c.sent_at[1] >= p_from and c.sent_at[1] < v_before order by c.sent_at[1] limit p_max
  loop
    seen := seen + 1;
    deleted := deleted + vouch.delete_challenge(e.phone_number, e.device_trust, e.asker, v_before)::int;
    until := e.sent_at;
  end loop;
end $$;
