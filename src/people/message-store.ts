import type { Database, Fragment } from '../db/database.ts';
import { type DeliveryState, leastId } from '../deliveries/delivery.ts';
import type { PageCursor } from '../kit/page-cursor.ts';
import type { PhoneNumber } from '../kit/phone-number.ts';

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

/** The filters of a listing. */
export interface Filter {
  readonly since: Date;
  readonly until: Date;
  readonly country?: string | undefined;
  readonly provider?: string | undefined;
  readonly state?: string | undefined;
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

/**
 * A page of messages, newest first by their ids, which begin with the time; one more than `limit`. The order is that of the
 * index `delivery_by_age`.
 */
export function findMessages(
  db: Database,
  filter: Filter,
  after: PageCursor | 'first',
  limit: number,
): Promise<(DeliveryRow & PageCursor)[]> {
  const { sql } = db;
  const older =
    after === 'first' ? sql`true` : sql`id <= ${after.id}::uuid and uuid_send(id) < uuid_send(${after.id}::uuid)`;
  return db.run(
    () => sql<
      (DeliveryRow & PageCursor)[]
    >`select id, attempt, challenge_id, nullif(phone_number, '') as phone_number, country, channel,
        provider, state, segments, price::text, currency, error, reason, reference, requested_at, sent_at, accepted_at,
        delivered_at, failed_at, completed_at, (extract(epoch from requested_at) * 1000000)::bigint::text as micros
      from delivery where ${matching(db, filter)} and ${older} order by uuid_send(id) desc limit ${limit + 1}`,
  );
}
