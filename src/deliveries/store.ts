import type { Database, Fragment } from '../db/database.ts';
import { type DeletedBatch, deleteBatch } from '../db/delete-batch.ts';
import type { Channel } from '../sms/provider.ts';
import {
  leaseSeconds,
  minUsefulSeconds,
  type NewDelivery,
  type Outcome,
  type OutgoingMessage,
  sendingLeaseSeconds,
} from './delivery.ts';
import type { FinishedDelivery } from './queue-snapshot.ts';

/**
 * A common table expression: records a message for the one row of `asked (id, key_id, code_length, expires_at)`, under
 * a lease of this process.
 */
export function insertDelivery({ sql, now }: Database, delivery: NewDelivery): Fragment {
  const isDropped = delivery.dropped !== undefined;
  return sql`planned as (
    insert into delivery (id, attempt, challenge_id, key_id, code_length, phone_number, country, prefix, language, state,
      channel, provider, client_network, requested_at, useful_until, leased_until, reason, is_repeat)
    select ${delivery.id}::uuid, 1, asked.id, asked.key_id, asked.code_length, ${delivery.phoneNumber}, ${delivery.country},
      ${delivery.prefix}, ${delivery.language}, ${isDropped ? 'dropped' : 'waiting'}, ${delivery.channel}, ${delivery.provider},
      ${delivery.clientNetwork ?? null}, ${now()},
      asked.expires_at - ${minUsefulSeconds}::float8 * interval '1 second',
      case when ${isDropped}::boolean then null else ${now()} + ${leaseSeconds}::float8 * interval '1 second' end,
      ${delivery.dropped ?? null}, exists (select from delivery d where d.phone_number = ${delivery.phoneNumber} and d.challenge_id = asked.id)
    from asked)`;
}

/** An expression: the providers tried for any of an array of challenges, oldest first, separated by commas. */
export function triedFor({ sql }: Database, phoneNumber: string, challengeIds: Fragment): Fragment {
  return sql`(select string_agg(provider, ',' order by requested_at, attempt) from delivery
    where phone_number = ${phoneNumber} and challenge_id = any(${challengeIds}))`;
}

/**
 * An expression: the time at which the undelivered message was requested, whose pause does not hold; else null. A used
 * code has stopped its fallbacks, so its failure lifts no pause: the response would reveal the use.
 */
export function undeliveredAt({ sql, now }: Database, phoneNumber: string): Fragment {
  return sql`(select max(d.requested_at) from delivery d where d.phone_number = ${phoneNumber}
    and d.requested_at > ${now()} - interval '1 hour' and d.completed_at is null and (d.state in ('failed', 'unknown')
      or (d.state = 'sending' and d.leased_until < ${now()}))
    and not exists (select from delivery later where later.phone_number = d.phone_number
      and later.challenge_id = d.challenge_id and (later.requested_at, later.attempt) > (d.requested_at, d.attempt)))`;
}

/**
 * A common table expression: completes the challenge of the row of `used`, credited to the newest message that had
 * left.
 */
export function completeDeliveries({ sql, now }: Database, phoneNumber: string, challengeId: string): Fragment {
  return sql`completed as (
    update delivery d set
      completed_at = case when d.state <> 'waiting' then ${now()} end,
      state = case when d.state = 'waiting' then 'dropped' else d.state end,
      leased_until = case when d.state = 'waiting' then null else d.leased_until end,
      reason = case when d.state = 'waiting' then 'its challenge was over' else d.reason end
    from used where d.phone_number = ${phoneNumber} and d.challenge_id = ${challengeId}::uuid
      and (d.state = 'waiting' or d.id = (select l.id from delivery l where l.phone_number = ${phoneNumber}
        and l.challenge_id = ${challengeId}::uuid and l.state in ('sending', 'accepted', 'delivered', 'unknown')
        order by l.requested_at desc, l.attempt desc limit 1))
    returning d.country, d.channel, d.provider, case when d.completed_at is null then 'dropped' else 'completed' end as "end",
      extract(epoch from d.completed_at - d.sent_at)::float8 as seconds)`;
}

/** An expression: the messages that `completed` has ended, as a JSON array of `FinishedDelivery`, or null. */
export function completedDeliveries({ sql }: Database): Fragment {
  return sql`(select json_agg(completed) from completed)`;
}

/** A common table expression: removes the person of the one row of `live (account_id)` from their messages. */
export function anonymizeDeliveries({ sql }: Database): Fragment {
  return sql`forgotten as (update delivery set phone_number = null, client_network = null,
      state = case when state = 'waiting' then 'dropped' else state end,
      leased_until = case when state = 'waiting' then null else leased_until end
    where phone_number = (select a.phone_number from account a join live on a.id = live.account_id))`;
}

/** An attempt that is about to start. */
export interface Attempt {
  readonly id: string;
  readonly provider: string;
  readonly channel: Channel;
  readonly segments: number;
  readonly price: bigint | undefined;
  readonly currency: string | undefined;
}

/**
 * The result of marking a message: `dropped` is too late for its code; `taken` belongs to another process, or its
 * challenge has ended.
 */
export type ClaimResult = 'sending' | 'dropped' | 'taken';

/** Marks messages as being sent, and returns which of them may be sent. */
export async function startAttempts(db: Database, attempts: readonly Attempt[]): Promise<ClaimResult[]> {
  const { sql, now } = db;
  const rows = await db.run(
    () => sql<{ id: string; state: 'sending' | 'dropped' }[]>`update delivery d set
        state = case when d.useful_until > ${now()} then 'sending' else 'dropped' end,
        reason = case when d.useful_until > ${now()} then d.reason else 'too late for its code' end,
        leased_until = case when d.useful_until > ${now()} then ${now()} + ${sendingLeaseSeconds}::float8 * interval '1 second' end,
        sent_at = case when d.useful_until > ${now()} then ${now()} end,
        provider = b.provider, channel = b.channel, segments = b.segments, price = b.price, currency = b.currency
      from json_to_recordset(${toJson(attempts)}::text::json)
        as b (id uuid, provider text, channel text, segments smallint, price bigint, currency text)
      where d.id = b.id and d.state = 'waiting' returning d.id, d.state`,
  );
  const states = new Map(rows.map(({ id, state }) => [id, state]));
  return attempts.map(({ id }) => states.get(id) ?? 'taken');
}

/** The outcome of an attempt, and the attempt at another provider that follows, if there is one. */
export interface AttemptResult {
  readonly id: string;
  readonly outcome: Outcome;
  readonly next?: Attempt | undefined;
}

/**
 * Records outcomes of attempts together with the attempts that follow, and returns which of those may be made. A
 * message that was given up as unknown meanwhile gets its outcome after all; an earlier receipt stays.
 */
export async function finishAttempts(db: Database, results: readonly AttemptResult[]): Promise<boolean[]> {
  const { sql, now } = db;
  const entries = results.map(({ id, outcome, next }) => ({ id, ...outcome, next: next && toRow(next) }));
  const rows = await db.run(
    () => sql<{ id: string }[]>`with
      told as (select * from json_to_recordset(${JSON.stringify(entries)}::text::json)
        as t (id uuid, state text, reference text, segments smallint, error text, reason text, next json)),
      ended as (
        update delivery d set state = t.state, leased_until = null, reference = t.reference, error = t.error, reason = t.reason,
          segments = coalesce(t.segments, d.segments),
          accepted_at = case when t.state = 'accepted' then ${now()} end,
          failed_at = case when t.state = 'failed' then ${now()} end
        from told t where d.id = t.id and d.state in ('sending', 'unknown')
        returning d.*, t.next)
      insert into delivery (id, attempt, challenge_id, key_id, code_length, phone_number, country, prefix, language, state,
        channel, provider, segments, price, currency, client_network, requested_at, useful_until, leased_until, sent_at, is_repeat)
      select (next->>'id')::uuid, attempt + 1, challenge_id, key_id, code_length, phone_number, country, prefix, language,
        'sending', next->>'channel', next->>'provider', (next->>'segments')::smallint, (next->>'price')::bigint,
        next->>'currency', client_network, requested_at, useful_until, ${now()} + ${sendingLeaseSeconds}::float8 * interval '1 second', ${now()}, is_repeat
      from ended where json_typeof(next) = 'object' and useful_until > ${now()} and completed_at is null
      returning id`,
  );
  const started = new Set(rows.map(({ id }) => id));
  return results.map(({ next }) => next !== undefined && started.has(next.id));
}

/**
 * Takes over abandoned messages that were never sent, under a new lease. A message that is `sending` for longer than
 * the timeout becomes `unknown` and is not sent again. Returns the messages to send, and the finished ones.
 */
export async function claimAbandoned(
  db: Database,
  max: number,
): Promise<{ claimed: OutgoingMessage[]; finished: FinishedDelivery[] }> {
  const { sql, now } = db;
  const rows = await db.run(
    () => sql<
      (Omit<OutgoingMessage, 'tried'> & Omit<FinishedDelivery, 'end'> & { state: string; tried: string | null })[]
    >`with late as (
        select id from delivery where leased_until < ${now()} order by leased_until limit ${max} for update skip locked)
      update delivery d set
        leased_until = case when d.state = 'waiting' and d.phone_number is not null and d.useful_until > ${now()}
          then ${now()} + 2 * ${leaseSeconds}::float8 * interval '1 second' end,
        state = case when d.state = 'sending' then 'unknown'
          when d.phone_number is null or d.useful_until <= ${now()} then 'dropped' else d.state end,
        error = case when d.state = 'sending' then 'unknown' end,
        reason = case when d.state = 'sending' then 'whoever sent it ended before it was known'
          when d.useful_until <= ${now()} then 'too late for its code' end
      from late where d.id = late.id
      returning d.id, d.attempt, d.challenge_id as "challengeId", d.key_id as "keyId", d.code_length as "codeLength",
        d.phone_number as "phoneNumber", d.country, d.language, d.state, d.provider, d.channel, null as seconds,
        extract(epoch from d.useful_until - ${now()})::int as "expiresIn",
        (select string_agg(t.provider, ',' order by t.requested_at, t.attempt) from delivery t
          where t.phone_number = d.phone_number and t.challenge_id = d.challenge_id and t.id <> d.id) as tried`,
  );
  const claimed = rows.filter(({ state }) => state === 'waiting');
  return {
    claimed: claimed.map(({ state: _, tried, ...row }) => ({ ...row, tried: tried?.split(',') ?? [] })),
    finished: rows.flatMap(({ state, ...row }) =>
      state === 'unknown' || state === 'dropped' ? [{ ...row, end: state }] : [],
    ),
  };
}

/** Deletes a batch of the messages that are older than `days` days, from the time `from` on. */
export function deleteOldDeliveries(db: Database, from: Date, days: number): Promise<DeletedBatch> {
  const { sql, now } = db;
  const over = sql`select ctid from delivery
    where requested_at >= ${from} and requested_at < ${now()} - ${days}::float8 * interval '1 day'`;
  return deleteBatch(
    db,
    (some) => sql`delete from delivery where ctid = any(${some(over)}) returning requested_at as ended_at`,
  );
}

function toJson(attempts: readonly Attempt[]): string {
  return JSON.stringify(attempts.map(toRow));
}

function toRow(attempt: Attempt): object {
  return { ...attempt, price: attempt.price?.toString() };
}
