import { logEvents, type RecordedEvent } from '../audit/event.ts';
import { type AuditNeeds, maskedNumber, recordEvents, recordedEvents } from '../audit/store.ts';
import type { Fragment } from '../db/database.ts';
import { type DeletedBatch, deleteBatch } from '../db/delete-batch.ts';
import { present } from '../kit/present.ts';
import { endTrust } from './device-store.ts';
import type { Caller, Credential, SessionLife } from './session.ts';

/** The dependencies for a session check within a statement of another room. */
export interface SessionNeeds extends AuditNeeds {
  readonly sessionLife: SessionLife;
}

/** A session as its owner sees it; times are of the database, the client address is masked. */
export interface SessionRow {
  readonly id: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date;
  readonly expiresAt: Date;
  /** The program and the system, as the device named itself; may be empty. */
  readonly device: string;
  readonly address: string;
  readonly current: boolean;
}

/**
 * Common table expressions at the start of every statement behind a session: `live` has the `account_id` and `id` of
 * the session, or no row if it is unknown, ended, idle too long or too old, or if a further condition does not hold.
 * The last use is written at most once a minute.
 */
export function liveSession(needs: SessionNeeds, credential: Credential, condition?: Fragment): Fragment {
  return liveSessions(needs, [credential], condition);
}

/**
 * The same for many credentials: `live` also has the `ordinal` of each, from 1 on. The last use is skipped while another
 * transaction writes it, so that nobody waits for another person's row.
 */
export function liveSessions(needs: SessionNeeds, credentials: readonly Credential[], condition?: Fragment): Fragment {
  const { db } = needs;
  const { sql } = db;
  const accounts = credentials.map(({ accountId }) => accountId).join();
  const hashes = credentials.map(({ secretHash }) => `\\x${secretHash.toString('hex')}`).join();
  // within `(select …)` their number does not affect the plan: PostgreSQL would plan for each number anew, which takes
  // longer
  return sql`shown as (
      select account_id, secret_hash, ordinal::int from unnest(string_to_array((select ${accounts}::text), ',')::uuid[],
        string_to_array((select ${hashes}::text), ',')::bytea[]) with ordinality as s (account_id, secret_hash, ordinal)
    ), live as (
      select s.account_id, s.id, s.secret_hash, shown.ordinal from shown join session s using (account_id, secret_hash)
      where ${isLiveSql(needs)} ${condition ? sql`and ${condition}` : sql``}
    ), stale as (
      select s.account_id, s.secret_hash from live join session s using (account_id, secret_hash)
      where last_used_at <= ${db.now()} - interval '1 minute' for no key update of s skip locked
    ), touched as (
      update session s set last_used_at = ${db.now()} from stale
      where s.account_id = stale.account_id and s.secret_hash = stale.secret_hash
    )`;
}

/** The newest hundred live sessions of the account, most recently used first; undefined without a live session. */
export async function findSessions(needs: SessionNeeds, credential: Credential): Promise<SessionRow[] | undefined> {
  const { sql } = needs.db;
  const rows = await needs.db.run(
    () => sql<SessionRow[]>`with ${liveSession(needs, credential)}
      select s.id, s.created_at as "createdAt", s.last_used_at as "lastUsedAt", s.expires_at as "expiresAt", s.device, s.address, s.id = live.id as current
      from live join session s using (account_id)
      where ${isLiveSql(needs)}
      order by s.id = live.id desc, s.last_used_at desc limit 100`,
  );
  return rows.length > 0 ? [...rows] : undefined;
}

/** The sessions of an account to end: the one of the request, all others, or the one with this id. */
export type SessionSelector = { which: 'this' } | { which: 'others' } | { which: 'one'; id: string };

/** Ends sessions and returns their number; undefined without a live session. */
export async function endSessions(
  needs: SessionNeeds,
  caller: Caller,
  selector: SessionSelector,
): Promise<number | undefined> {
  const { db, log } = needs;
  const { sql } = db;
  const chosen = {
    this: sql`s.id = live.id`,
    others: sql`s.id <> live.id`,
    one: sql`s.id = ${selector.which === 'one' ? selector.id : null}::uuid`,
  }[selector.which];
  const event = selector.which === 'this' ? 'signed_out' : 'sessions_ended';
  const [row] = await db.run(
    () => sql<{ alive: boolean; ended: number; events: RecordedEvent[] | null }[]>`with ${liveSession(needs, caller)},
      ended as (delete from session s using live where s.account_id = live.account_id and ${chosen} returning s.id, s.trusted_device),
      ${endTrust(db, selector.which)},
      ${recordEvents(
        db,
        caller.client,
        sql`select ${event}, 'succeeded', a.id, ${maskedNumber(db, sql`a.phone_number`)}, e.details
        from (select 'sessions: ' || count(*) from ended having count(*) > 0) e (details), live join account a on a.id = live.account_id`,
      )}
      select exists (select from live) as alive, (select count(*)::int from ended) as ended, ${recordedEvents(db)} as events`,
  );
  const { events, alive, ended } = present(row, 'the outcome');
  logEvents(log, events, caller.client);
  return alive ? ended : undefined;
}

/** Deletes a batch of the expired sessions, from the time `from` on. */
export function deleteExpiredSessions({ db }: SessionNeeds, from: Date): Promise<DeletedBatch> {
  const { sql } = db;
  const over = sql`select ctid from session where expires_at >= ${from} and expires_at < ${db.now()} order by expires_at`;
  return deleteBatch(
    db,
    (some) => sql`delete from session where ctid = any(${some(over)}) returning expires_at as ended_at`,
  );
}

/** Deletes a batch of the sessions that are idle too long, from those last used at `from` on. */
export function deleteIdleSessions({ db, sessionLife }: SessionNeeds, from: Date): Promise<DeletedBatch> {
  const { sql } = db;
  const idle = sql`${sessionLife.idleSeconds}::float8 * interval '1 second'`;
  const over = sql`select ctid from session
    where last_used_at >= ${from} and last_used_at < ${db.now()} - ${idle} order by last_used_at`;
  return deleteBatch(
    db,
    (some) => sql`delete from session where ctid = any(${some(over)}) returning last_used_at as ended_at`,
  );
}

/** A condition: the session is neither too old nor idle too long. */
export function isLiveSql({ db, sessionLife }: SessionNeeds): Fragment {
  return db.sql`expires_at > ${db.now()}
    and last_used_at > ${db.now()} - ${sessionLife.idleSeconds}::float8 * interval '1 second'`;
}
