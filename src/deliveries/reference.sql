-- The references under which providers report on messages, for the three days in which a receipt is applied.

-- Keeps the reference of a message.
create function vouch.insert_reference(
  p_reference text, p_provider text, p_phone_number text, p_id uuid, p_now timestamptz
) returns void language plpgsql as $$
begin
  insert into message_reference (reference, provider, id, phone_number, recorded_at)
    values (p_reference, p_provider, p_id, p_phone_number, p_now) on conflict (reference, provider, id) do nothing;
end $$;

-- The messages of a reference, oldest first: those of the last hour, which most receipts are for, or else those of the last
-- three days, since a provider may use a reference again.
create function vouch.messages_of_reference(p_reference text, p_provider text, p_now timestamptz)
returns table (phone_number text, id uuid) language plpgsql as $$
declare
  v_from uuid;
  v_next uuid := vouch.next_id(p_now);
begin
  foreach v_from in array
    array[vouch.least_id(p_now, -vouch.challenge_window()), vouch.least_id(p_now, -vouch.receipt_window())]
  loop
    return query select r.phone_number, r.id from message_reference r
      where r.reference = p_reference and r.provider = p_provider and r.id >= v_from and r.id < v_next order by r.id;
    exit when found;
  end loop;
end $$;

-- Gives a message of a reference another number, when its person is erased.
create function vouch.renumber_reference(p_reference text, p_provider text, p_id uuid, p_phone_number text) returns void
language plpgsql as $$
begin
  update message_reference r set phone_number = p_phone_number
    where r.reference = p_reference and r.provider = p_provider and r.id = p_id;
end $$;

-- Deletes a reference, unless somebody holds its row.
create function vouch.delete_reference(p_reference text, p_provider text, p_id uuid) returns boolean language plpgsql as $$
begin
  perform from message_reference r
    where r.reference = p_reference and r.provider = p_provider and r.id = p_id for update skip locked;
  if found then
    delete from message_reference r where r.reference = p_reference and r.provider = p_provider and r.id = p_id;
    return true;
  end if;
  return false;
end $$;

-- Deletes a batch of the references that no receipt is applied to any more, from those recorded at the time `p_from` on.
-- Returns how many rows it saw and deleted, and the newest time among them.
create function vouch.delete_old_references(
  p_max int, p_from timestamptz, p_now timestamptz,
  out seen int, out deleted int, out until timestamptz
) language plpgsql as $$
declare
  v_before timestamptz := p_now - make_interval(secs => vouch.receipt_window());
  e record;
begin
  seen := 0;
  deleted := 0;
  for e in
    select r.reference, r.provider, r.id, r.recorded_at from message_reference r
      where r.recorded_at >= p_from and r.recorded_at < v_before order by r.recorded_at limit p_max
  loop
    seen := seen + 1;
    deleted := deleted + vouch.delete_reference(e.reference, e.provider, e.id)::int;
    until := e.recorded_at;
  end loop;
end $$;
