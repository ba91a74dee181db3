import type { Database } from '../db/database.ts';
import { type DeletedBatch, deleteByKey } from '../db/delete-by-key.ts';
import type { Client } from '../http/client.ts';
import { deviceOf } from '../kit/device.ts';
import type { Log } from '../kit/log.ts';
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
    () => sql`insert into audit_event (at, event, result, number, device, details)
      values (${now()}, ${event}, 'succeeded', ${number ?? null}, ${by}, ${details ?? null})`,
  );
}

/** An event as an operator sees it. */
export interface EventRow extends RecordedEvent {
  readonly at: Date;
  readonly client_ip: string | null;
  readonly device: string;
}

/** The newest events of an account, at most `max` of them. */
export function findEvents({ sql, run }: Database, accountId: string, max: number): Promise<EventRow[]> {
  return run(
    () => sql<EventRow[]>`select at, event, result, account_id, number, client_ip, device, details from audit_event
      where account_id = ${accountId}::uuid order by at desc, id desc limit ${max}`,
  );
}

/** Deletes a batch of the events that are older than `keepDays` days, from the time `from` on. */
export function deleteOldEvents(db: Database, from: Date, keepDays: number): Promise<DeletedBatch> {
  return deleteByKey(db, 'delete_old_events', { from, keep_days: keepDays });
}
