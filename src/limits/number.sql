-- The messages to a number and its failures, which all its askers share.

-- The times of the messages, newest first, and the wrong guesses since the last sign-in; nulls before the first message.
-- With `p_locks` the row is locked, so that of several concurrent requests one counts.
create function vouch.read_number_limit(
  p_phone_number text, p_device_trust text, p_locks boolean, out sent_at timestamptz[], out failures int
) language plpgsql as $$
begin
  if p_locks then
    select l.sent_at, l.failures into sent_at, failures from number_limit l
      where l.phone_number = p_phone_number and l.device_trust = p_device_trust for update;
  else
    select l.sent_at, l.failures into sent_at, failures from number_limit l
      where l.phone_number = p_phone_number and l.device_trust = p_device_trust;
  end if;
end $$;

-- Counts the first message to a number. False if another request does so at the same moment: then it has to look again.
create function vouch.count_first_message(p_phone_number text, p_device_trust text, p_now timestamptz)
returns boolean language plpgsql as $$
begin
  insert into number_limit (phone_number, device_trust, sent_at) values (p_phone_number, p_device_trust, array[p_now])
    on conflict (phone_number, device_trust) do nothing;
  return found;
end $$;

-- Counts a message to a number whose row the caller has locked; `p_sent_at` are the times of those before it.
create function vouch.count_message(
  p_phone_number text, p_device_trust text, p_sent_at timestamptz[], p_now timestamptz
) returns void language plpgsql as $$
declare
  v_sent_at timestamptz[] := (p_now || p_sent_at)[1:vouch.max_messages_a_day()];
begin
  update number_limit l set sent_at = v_sent_at
    where l.phone_number = p_phone_number and l.device_trust = p_device_trust;
end $$;

-- Counts a wrong guess of a stranger.
create function vouch.count_number_failure(p_phone_number text) returns void language plpgsql as $$
begin
  update number_limit l set failures = l.failures + 1
    where l.phone_number = p_phone_number and l.device_trust = 'unknown_device';
end $$;

-- How often in a row strangers have guessed wrong. From `max_failures` on the number is locked for them.
create function vouch.failures_of(p_phone_number text) returns int language plpgsql as $$
declare
  v_failures int;
begin
  select l.failures into v_failures from number_limit l
    where l.phone_number = p_phone_number and l.device_trust = 'unknown_device';
  return coalesce(v_failures, 0);
end $$;

-- Forgets the failures of a number after a sign-in, or when an operator unlocks it. False if there were none. The time is not
-- used: every call from TypeScript has it.
create function vouch.forget_failures(p_phone_number text, p_now timestamptz) returns boolean language plpgsql as $$
begin
  update number_limit l set failures = 0
    where l.phone_number = p_phone_number and l.device_trust = 'unknown_device' and l.failures > 0;
  return found;
end $$;

-- Wrong guesses of strangers on a day over all numbers, without those of people who then signed in. Ten rows share them, so
-- that guesses do not wait for one row.
create function vouch.failed_guesses(p_day date) returns bigint language plpgsql as $$
begin
  return (select coalesce(sum(d.amount), 0) from daily_count d where d.day = p_day and d.scope = 'failed_guesses');
end $$;

-- Adds to them, or takes back (a negative `p_count`), but never more than its row holds.
create function vouch.count_failed_guesses(p_day date, p_shard int, p_count int) returns void language plpgsql as $$
begin
  if p_count > 0 then
    insert into daily_count as d (day, scope, shard, amount) values (p_day, 'failed_guesses', p_shard, p_count)
      on conflict (day, scope, shard) do update set amount = d.amount + excluded.amount;
  else
    update daily_count d set amount = greatest(0, d.amount + p_count)
      where d.day = p_day and d.scope = 'failed_guesses' and d.shard = p_shard;
  end if;
end $$;

-- Forgets the messages and the wrong guesses of a number. False if there were none.
create function vouch.forget_messages(p_phone_number text) returns boolean language plpgsql as $$
begin
  delete from number_limit l where l.phone_number = p_phone_number;
  return found;
end $$;
