import type { Database, Fragment } from '../db/database.ts';
import { type DeliveryState, leastId } from '../deliveries/delivery.ts';
import type { PhoneNumber } from '../kit/phone-number.ts';
import { onlyRow } from '../kit/present.ts';

/** An attempt to send a message, as an operator sees it. Amounts are in millionths of the currency. */
export interface DeliveryRow {
  readonly id: string;
  readonly attempt: number;
  readonly challenge_id: string;
  readonly phone_number: PhoneNumber | null;
  readonly country: string;
  readonly channel: string;
  readonly provider: string;
  readonly state: DeliveryState;
  readonly segments: number | null;
  readonly price: string | null;
  readonly currency: string | null;
  readonly error: string | null;
  readonly reason: string | null;
  readonly reference: string | null;
  readonly requested_at: Date;
  readonly sent_at: Date | null;
  readonly accepted_at: Date | null;
  readonly delivered_at: Date | null;
  readonly failed_at: Date | null;
  readonly completed_at: Date | null;
}

/** The newest challenge of one asker of a number; the times of guesses newest first. */
export interface ChallengeRow {
  readonly device_trust: string;
  readonly expires_at: Date;
  /** The guesses with the token, and those of the client network without it. */
  readonly guesses: number;
  readonly network_guesses: number;
  readonly is_of_network: boolean;
  readonly used_at: Date | null;
  readonly guessed: number[];
}

/** The limits that the askers of a number share: the times of messages, newest first, and wrong guesses in a row. */
export interface NumberLimitRow {
  readonly device_trust: string;
  readonly sent: number[];
  readonly failures: number;
}

/** The filters of a listing. */
export interface Filter {
  readonly since: Date;
  readonly until: Date;
  readonly country?: string | undefined;
  readonly provider?: string | undefined;
  readonly state?: string | undefined;
}

/** All messages to a number, oldest first; their ids have no bounds. */
export function findDeliveries({ sql, run }: Database, phoneNumber: string): Promise<DeliveryRow[]> {
  return run(
    () => sql<DeliveryRow[]>`select * from delivery where phone_number = ${phoneNumber} order by requested_at, attempt`,
  );
}

/** The open or last challenges of a number; times in milliseconds since 1970. */
export function findChallenges({ sql, run }: Database, phoneNumber: string): Promise<ChallengeRow[]> {
  return run(
    () => sql<ChallengeRow[]>`select device_trust, expires_at, guesses, network_guesses, is_of_network, used_at,
        ${timesIn(sql, 'guessed_at')} as guessed
      from challenge where phone_number = ${phoneNumber} order by sent_at[1]`,
  );
}

/** The limits of a number; times in milliseconds since 1970. */
export function findNumberLimits({ sql, run }: Database, phoneNumber: string): Promise<NumberLimitRow[]> {
  return run(
    () => sql<NumberLimitRow[]>`select device_trust, ${timesIn(sql, 'sent_at')} as sent, failures
      from number_limit where phone_number = ${phoneNumber} order by device_trust desc`,
  );
}

function timesIn(sql: Database['sql'], column: string): Fragment {
  return sql`coalesce((select json_agg((extract(epoch from t) * 1000)::float8 order by t desc)
    from unnest(${sql(column)}) t), '[]'::json)`;
}

/** Lets strangers request codes for a number again; false if nothing kept them from it. */
export async function unlockNumber(db: Database, phoneNumber: PhoneNumber): Promise<boolean> {
  const rows = await db.call<{ forget_failures: boolean }>('forget_failures', { phone_number: phoneNumber });
  return onlyRow(rows).forget_failures;
}

/** The refusals of a number by one rule: their count, and the first and last time. */
export interface RefusalRow {
  readonly rule: string;
  readonly times: number;
  readonly first_at: Date;
  readonly last_at: Date;
}

/** The refusals of a number, by rule and, for client IPs, by network. */
export function findRefusals({ sql, run }: Database, phoneNumber: string): Promise<RefusalRow[]> {
  return run(
    () => sql<RefusalRow[]>`select rule, times, first_at, last_at from refusal
      where phone_number = ${phoneNumber} order by first_at, bucket`,
  );
}

/** The account of a number, and its creation time; undefined if there is none. */
export async function findAccount({ sql, run }: Database, phoneNumber: string): Promise<AccountRow | undefined> {
  const [row] = await run(
    () => sql<AccountRow[]>`select a.id, a.created_at from number_account n join account a on a.id = n.account_id
      where n.phone_number = ${phoneNumber}`,
  );
  return row;
}

/** An account, as the timeline of a number starts with it. */
export interface AccountRow {
  readonly id: string;
  readonly created_at: Date;
}

/** A page of deliveries, newest first, with those older than `after` if given. */
export function findPage(
  db: Database,
  filter: Filter,
  after: { requested_at: Date; id: string } | undefined,
  max: number,
): Promise<DeliveryRow[]> {
  const { sql } = db;
  return db.run(
    () => sql<
      DeliveryRow[]
    >`select *, nullif(phone_number, '') as phone_number from delivery where ${matching(db, filter)}
      and (${after === undefined}::boolean or (date_trunc('milliseconds', requested_at), id) < (${after?.requested_at ?? filter.until}, ${after?.id ?? null}::uuid))
      order by date_trunc('milliseconds', requested_at) desc, id desc limit ${max}`,
  );
}

/** Sums over messages; `spend` in millionths. */
export interface Total {
  readonly country: string;
  readonly provider: string;
  readonly hour?: Date;
  readonly sends: number;
  readonly accepted: number;
  readonly delivered: number;
  readonly failed: number;
  readonly unknown: number;
  readonly dropped: number;
  readonly completed: number;
  readonly spend: string;
  readonly currency: string | null;
}

/** Totals by country and provider, or by hour as well. Messages that were not accepted cost nothing. */
export function totals(db: Database, filter: Filter, by: 'route' | 'hour'): Promise<Total[]> {
  const { sql } = db;
  const hour = by === 'hour' ? sql`date_trunc('hour', requested_at)` : sql`null::timestamptz`;
  const paid = sql`(accepted_at is not null or state in ('delivered', 'unknown'))`;
  return db.run(
    () => sql<Total[]>`select country, provider, ${hour} as hour, currency,
        count(*) filter (where sent_at is not null)::int as sends,
        count(*) filter (where accepted_at is not null)::int as accepted,
        count(*) filter (where state = 'delivered')::int as delivered,
        count(*) filter (where state = 'failed')::int as failed,
        count(*) filter (where state = 'unknown')::int as unknown,
        count(*) filter (where state = 'dropped')::int as dropped,
        count(*) filter (where completed_at is not null)::int as completed,
        coalesce(sum(price) filter (where ${paid}), 0)::text as spend
      from delivery where ${matching(db, filter)} group by 1, 2, 3, 4 order by hour, country, provider`,
  );
}

function matching({ sql }: Database, { since, until, country, provider, state }: Filter): Fragment {
  return sql`id >= ${leastId(since)}::uuid and id < ${leastId(until)}::uuid
    and (${country ?? null}::text is null or country = ${country ?? null})
    and (${provider ?? null}::text is null or provider = ${provider ?? null})
    and (${state ?? null}::text is null or state = ${state ?? null})`;
}
