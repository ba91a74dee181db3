-- Deletes the limit of a number that counts no more, unless somebody holds its row or a message was sent meanwhile.
create function vouch.delete_number_limit(p_phone_number text, p_device_trust text, p_before timestamptz) returns boolean
language plpgsql as $$
begin
  perform from number_limit l
    where l.phone_number = p_phone_number and l.device_trust = p_device_trust and l.sent_at[1] < p_before
    for update skip locked;
  if found then
    delete from number_limit l where l.phone_number = p_phone_number and l.device_trust = p_device_trust;
    return true;
  end if;
  return false;
end $$;

-- Deletes a batch of the limits of numbers that count no more, from those last sent to at the time `p_from` on; with wrong
-- guesses they count much longer. Returns how many rows it saw and deleted, and the newest time among them.
create function vouch.delete_idle_numbers(
  p_max int, p_from timestamptz, p_keep_seconds float8, p_keep_failures_seconds float8, p_now timestamptz,
  out seen int, out deleted int, out until timestamptz
) language plpgsql as $$
declare
  v_before timestamptz := p_now - make_interval(secs => p_keep_seconds);
  v_failed_before timestamptz := p_now - make_interval(secs => p_keep_failures_seconds);
  e record;
begin
  seen := 0;
  deleted := 0;
  for e in
    select l.phone_number, l.device_trust, l.sent_at[1] as sent_at from number_limit l
      where l.sent_at[1] >= p_from and l.sent_at[1] < v_before and (l.failures = 0 or l.sent_at[1] < v_failed_before)
      order by l.sent_at[1] limit p_max
  loop
    seen := seen + 1;
    deleted := deleted + vouch.delete_number_limit(e.phone_number, e.device_trust, v_before)::int;
    until := e.sent_at;
  end loop;
end $$;
