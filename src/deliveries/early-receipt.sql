-- Receipts that came before the reference of their message was recorded. They wait for it for an hour.

-- The references of a provider for which receipts wait; null if there are none.
create function vouch.early_references(p_provider text) returns text[] language plpgsql as $$
declare
  v_references text[];
begin
  select array_agg(distinct e.reference) into v_references from early_receipt e where e.provider = p_provider;
  return v_references;
end $$;

-- The references among these that are recorded by now, in their order.
create function vouch.recorded_references(p_references text[], p_provider text, p_now timestamptz) returns setof text
language plpgsql set plan_cache_mode = force_custom_plan as $$
declare
  v_from uuid := vouch.least_id(p_now, -vouch.receipt_window());
  v_next uuid := vouch.next_id(p_now);
begin
  return query select distinct d.reference from delivery d
    where d.reference = any(p_references) and d.provider = p_provider and d.id >= v_from and d.id < v_next
    order by d.reference;
end $$;

-- Takes the receipts of a reference out, as one; all is null if another process was faster.
create function vouch.take_early_receipt(p_provider text, p_reference text, out state text, out reason text)
language plpgsql as $$
declare
  e record;
begin
  for e in
    delete from early_receipt r where r.provider = p_provider and r.reference = p_reference returning r.state, r.reason
  loop
    if state is null or e.state = 'delivered' then
      state := e.state;
      reason := e.reason;
    end if;
  end loop;
end $$;

-- Deletes the receipts that have waited for an hour: their messages are not ours, or a crash has lost their references.
create function vouch.delete_early_receipts(p_provider text, p_now timestamptz) returns void language plpgsql as $$
declare
  v_hour_ago timestamptz := p_now - interval '1 hour';
begin
  delete from early_receipt e where e.provider = p_provider and e.received_at < v_hour_ago;
end $$;

-- Applies the receipts of a provider whose references are recorded by now, and returns the news. Composite.
create function vouch.apply_early_receipts(p_provider text, p_now timestamptz)
returns table (state text, seconds float8) language plpgsql as $$
declare
  v_references text[] := vouch.early_references(p_provider);
  v_reference text;
  e record;
begin
  if v_references is null then
    return;
  end if;
  for v_reference in select * from vouch.recorded_references(v_references, p_provider, p_now) loop
    e := vouch.take_early_receipt(p_provider, v_reference);
    continue when e.state is null;
    return query select e.state, a.seconds
      from vouch.apply_receipt_of_reference(v_reference, p_provider, e.state, e.reason, p_now) a where a.is_new;
  end loop;
  perform vouch.delete_early_receipts(p_provider, p_now);
end $$;
