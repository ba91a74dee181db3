-- Receipts that came before the reference of their message was recorded. They wait for it for an hour.

-- The references of a provider for which receipts wait, in their order; null if there are none.
create function vouch.early_references(p_provider text) returns text[] language plpgsql as $$
declare
  v_references text[];
begin
  select array_agg(distinct e.reference) into v_references from early_receipt e where e.provider = p_provider;
  return v_references;
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
  v_is_taken boolean;
  m record;
  e record;
begin
  if v_references is null then
    return;
  end if;
  foreach v_reference in array v_references loop
    v_is_taken := false;
    for m in select * from vouch.messages_of_reference(v_reference, p_provider, p_now) loop
      if not v_is_taken then
        e := vouch.take_early_receipt(p_provider, v_reference);
        v_is_taken := true;
      end if;
      exit when e.state is null;
      return query select e.state, a.seconds
        from vouch.apply_receipt(m.phone_number, m.id, e.state, e.reason, p_now) a where a.is_new;
    end loop;
  end loop;
  perform vouch.delete_early_receipts(p_provider, p_now);
end $$;
