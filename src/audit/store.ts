import { type Database, Json } from '../db/database.ts';
import type { Client } from '../http/client.ts';
import { deviceOf } from '../kit/device.ts';
import type { Log } from '../kit/log.ts';
import { onlyRow } from '../kit/present.ts';
import type { Act } from '../operators/act.ts';
import type { Actor } from '../operators/actor.ts';
import type { ActArguments, ActInput, RecordedAct } from './act.ts';
import type { EventName, RecordedEvent } from './event.ts';

/** The dependencies of use cases that leave an audit trail. */
export interface AuditNeeds {
  readonly db: Database;
  readonly log: Log;
}

/** The arguments by which a function records the client of an event. */
export function clientArguments(client: Client) {
  return { client_ip: client.ip, device: deviceOf(client.userAgent) };
}

/** Records an operation by an operator; `by` is their name in the operating system, the number is masked. */
export async function recordOperation(
  { sql, now, run }: Database,
  {
    event,
    number,
    by,
    details,
  }: { event: EventName; number: string | undefined; by: string; details: string | undefined },
): Promise<void> {
  await run(
    () => sql`insert into audit_event (at, event, result, number, device, details, actor, actor_id)
      values (${now()}, ${event}, 'succeeded', ${number ?? null}, ${by}, ${details ?? null}, 'command_line', ${by})`,
  );
}

/** An event as an operator sees it. */
export interface EventRow extends RecordedEvent {
  readonly at: Date;
  readonly client_ip: string | null;
  readonly device: string;
  /** The act of an operator, an API key or the command line, and its reason. */
  readonly act: string | null;
  readonly reason: string | null;
}

/** The newest events of an account, at most `max` of them. */
export function findEvents({ sql, run }: Database, accountId: string, max: number): Promise<EventRow[]> {
  return run(
    () => sql<EventRow[]>`select at, event, result, account_id, number, client_ip, device, details, act, reason
        from audit_event
      where account_id = ${accountId}::uuid order by at desc, id desc limit ${max}`,
  );
}

/** Records an act that is no other change of rows, such as a look at a number in clear, before its result is shown. */
export async function recordAct(db: Database, actor: ActArguments, act: ActInput): Promise<RecordedAct> {
  const rows = await db.call<{ record_act: RecordedAct }>('record_act', {
    account_id: act.accountId,
    act: act.act,
    ...actor,
    target: act.target,
    number: act.number,
    details: act.details,
    before: act.before && new Json(act.before),
    after: act.after && new Json(act.after),
  });
  return onlyRow(rows).record_act;
}

/** Records a refused act in a bucket of its actor; false if the bucket is full. */
export async function recordRefusedAct(
  db: Database,
  bucket: { readonly key: string; readonly quota: number; readonly window: number },
  act: Act,
  actor: ActArguments,
  target: string | undefined,
): Promise<boolean> {
  const rows = await db.call<{ record_refused_act: boolean }>('record_refused_act', {
    ...bucket,
    act,
    ...actor,
    target,
  });
  return onlyRow(rows).record_refused_act;
}

/** The filters of the audit trail. */
export interface TrailFilter {
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
  readonly event?: string | undefined;
  readonly act?: string | undefined;
  readonly actor?: string | undefined;
  readonly actorId?: string | undefined;
  readonly accountId?: string | undefined;
}

/** An event with all that the trail has of it; `micros` is its time in microseconds since 1970. */
export interface TrailRow extends EventRow {
  readonly id: string;
  readonly micros: string;
  readonly actor: Actor['kind'] | 'person';
  readonly actor_id: string | null;
  readonly role: string | null;
  readonly target: string | null;
  readonly before: unknown;
  readonly after: unknown;
  /** The id of the session that the event opened, and those of the sessions that it ended. */
  readonly session_id: string | null;
  readonly ended_sessions: readonly string[] | null;
}

/** The place of an event in the trail: microseconds since 1970, and its id. */
export interface TrailCursor {
  readonly micros: string;
  readonly id: string;
}

/** Events of the trail, newest first, those before a place if it is given. */
export function findTrailRows(
  { sql, run }: Database,
  filter: TrailFilter,
  cursor: TrailCursor | undefined,
  max: number,
): Promise<TrailRow[]> {
  const equal = (column: string, value: string | undefined) =>
    value === undefined ? sql`` : sql`and a.${sql(column)} = ${value}`;
  const time = (micros: string) => sql`timestamptz 'epoch' + ${micros}::bigint * interval '1 microsecond'`;
  return run(
    () => sql<TrailRow[]>`
      select a.at, a.id, (extract(epoch from a.at) * 1000000)::bigint as micros, a.event, a.result,
        nullif(a.account_id, '00000000-0000-0000-0000-000000000000') as account_id, a.number, a.client_ip, a.device,
        a.details, a.actor, a.actor_id, a.role, a.act, a.target, a.reason, a.before, a.after,
        a.session_id, a.ended_sessions
      from audit_event a where true
        ${filter.since ? sql`and a.at >= ${filter.since}` : sql``} ${filter.until ? sql`and a.at < ${filter.until}` : sql``}
        ${cursor ? sql`and (a.at, a.id) < (${time(cursor.micros)}, ${cursor.id}::bigint)` : sql``}
        ${equal('event', filter.event)} ${equal('act', filter.act)} ${equal('actor', filter.actor)}
        ${equal('actor_id', filter.actorId)} ${equal('account_id', filter.accountId)}
      order by a.at desc, a.id desc limit ${max}`,
  );
}
