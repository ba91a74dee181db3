-- Records that a rule refused a number. The bucket is a number and a rule, or a client network and the last two digits of
-- the number, and a newer number replaces an older one. A flood of requests writes one row once a second.
create function vouch.record_refusal(
  p_ending text, p_bucket text, p_phone_number text, p_rule text, p_now timestamptz
) returns void language plpgsql as $$
declare
  v_ago timestamptz := p_now - vouch.refusal_interval();
begin
  perform from refusal r where r.ending = p_ending and r.bucket = p_bucket and r.last_at > v_ago;
  if found then
    return;
  end if;
  insert into refusal as r (ending, bucket, phone_number, rule, times, first_at, last_at)
    values (p_ending, p_bucket, p_phone_number, p_rule, 1, p_now, p_now)
    on conflict (ending, bucket) do update set phone_number = excluded.phone_number, rule = excluded.rule,
      last_at = excluded.last_at,
      times = case when r.phone_number = excluded.phone_number then r.times + 1 else 1 end,
      first_at = case when r.phone_number = excluded.phone_number then r.first_at else excluded.first_at end
    where r.last_at <= v_ago;
end $$;

-- The last two digits of a number, by which its refusals are found.
create function vouch.number_ending(p_phone_number text) returns text language sql immutable return right(p_phone_number, 2);

-- The bucket of a refusal. The rules of client networks and of the day have a hundred buckets a network.
create function vouch.refusal_bucket(p_phone_number text, p_rule text, p_network text) returns text
language sql immutable return case
  when p_rule like 'network%' or p_rule like 'guess%' or p_rule like 'blocked_%' and p_rule <> 'blocked_number'
    or p_rule = 'daily_max'
  then 'network:' || p_network || ':' || vouch.number_ending(p_phone_number)
  else 'number:' || p_phone_number || ':' || p_rule end;

-- Records that a block refused a number; `p_keys` are the buckets of the client's networks. Composite.
create function vouch.record_block_refusal(p_phone_number text, p_kind text, p_keys text[], p_now timestamptz) returns void
language plpgsql as $$
declare
  v_rule text := 'blocked_' || p_kind;
begin
  perform vouch.record_refusal(vouch.number_ending(p_phone_number),
    vouch.refusal_bucket(p_phone_number, v_rule, p_keys[cardinality(p_keys)]), p_phone_number, v_rule, p_now);
end $$;

-- Deletes the refusals of an erased person's number.
create function vouch.delete_refusals(p_ending text, p_phone_number text) returns void language plpgsql as $$
begin
  delete from refusal r where r.ending = p_ending and r.phone_number = p_phone_number;
end $$;
