-- Delivery receipts. One may come twice, late by three days at most, in any order, or before its reference is recorded: then
-- it waits as an early receipt. `delivered` is never taken back.

-- Applies a receipt to a message, and tells the seconds since its attempt. It is new if no receipt has said the same before.
create function vouch.apply_receipt(
  p_phone_number text, p_id uuid, p_state text, p_reason text, p_now timestamptz, out seconds float8, out is_new boolean
) language plpgsql set plan_cache_mode = force_custom_plan as $$
declare
  v_reason text := left(coalesce(p_reason, 'it did not arrive'), 200);
  e record;
begin
  select d.state, d.sent_at, d.failed_at into e from delivery d
    where d.phone_number = p_phone_number and d.id = p_id for update;
  seconds := extract(epoch from p_now - e.sent_at);
  is_new := false;
  if e.state is null or e.state in ('delivered', 'dropped') then
    return;
  elsif p_state = 'delivered' then
    is_new := true;
    update delivery d set state = 'delivered', leased_until = null, delivered_at = p_now, failed_at = null, error = null,
        reason = null
      where d.phone_number = p_phone_number and d.id = p_id;
  else
    is_new := e.failed_at is null;
    update delivery d set state = 'failed', leased_until = null, failed_at = coalesce(d.failed_at, p_now),
        error = 'rejected', reason = v_reason
      where d.phone_number = p_phone_number and d.id = p_id;
  end if;
end $$;

-- The same for the messages of a reference. Composite.
create function vouch.apply_receipt_of_reference(
  p_reference text, p_provider text, p_state text, p_reason text, p_now timestamptz
) returns table (seconds float8, is_new boolean) language plpgsql as $$
declare
  m record;
begin
  for m in select * from vouch.messages_of_reference(p_reference, p_provider, p_now) loop
    return query select * from vouch.apply_receipt(m.phone_number, m.id, p_state, p_reason, p_now);
  end loop;
end $$;

-- Keeps a receipt whose reference is not recorded yet.
create function vouch.keep_early_receipt(
  p_provider text, p_reference text, p_state text, p_reason text, p_now timestamptz
) returns void language plpgsql as $$
begin
  insert into early_receipt (provider, reference, state, reason, received_at)
    values (p_provider, p_reference, p_state, p_reason, p_now) on conflict do nothing;
end $$;

-- Records receipts of a provider, in arrays of the same length. Returns the news. References come in their order, so that
-- calls at the same moment wait for each other in one direction. Composite.
create function vouch.record_receipts(
  p_references text[], p_provider text, p_states text[], p_reasons text[], p_now timestamptz
) returns table (state text, seconds float8) language plpgsql as $$
declare
  v_is_known boolean;
  r record;
  a record;
begin
  for r in
    select t.reference, case when bool_or(t.state = 'delivered') then 'delivered' else 'failed' end as state,
        max(t.reason) as reason
      from unnest(p_references, p_states, p_reasons) as t (reference, state, reason)
      group by t.reference order by t.reference
  loop
    v_is_known := false;
    for a in select * from vouch.apply_receipt_of_reference(r.reference, p_provider, r.state, r.reason, p_now) loop
      v_is_known := true;
      state := r.state;
      seconds := a.seconds;
      if a.is_new then
        return next;
      end if;
    end loop;
    if not v_is_known then
      perform vouch.keep_early_receipt(p_provider, r.reference, r.state, r.reason, p_now);
    end if;
  end loop;
end $$;
