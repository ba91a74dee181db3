import { type Database, Json } from '../db/database.ts';
import { type DeletedBatch, deleteByKey } from '../db/delete-by-key.ts';
import type { Client } from '../http/client.ts';
import { deviceOf } from '../kit/device.ts';
import type { Log } from '../kit/log.ts';
import { onlyRow } from '../kit/present.ts';
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

/** Deletes a batch of the events that are older than `keepDays` days, from the time `from` on. */
export function deleteOldEvents(db: Database, from: Date, keepDays: number): Promise<DeletedBatch> {
  return deleteByKey(db, 'delete_old_events', { from, keep_days: keepDays });
}
