import { logEvents, type RecordedEvent } from '../audit/event.ts';
import { type AuditNeeds, clientArguments } from '../audit/store.ts';
import { type DeletedBatch, deleteByKey } from '../db/delete-by-key.ts';
import { present } from '../kit/present.ts';
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

/** The arguments by which a function finds the session of a credential. */
export function sessionArguments({ sessionLife }: Pick<SessionNeeds, 'sessionLife'>, credential: Credential) {
  return {
    account_id: credential.accountId,
    secret_hash: credential.secretHash,
    idle_seconds: sessionLife.idleSeconds,
  };
}

/** The newest hundred live sessions of the account, most recently used first; undefined without a live session. */
export async function findSessions(needs: SessionNeeds, credential: Credential): Promise<SessionRow[] | undefined> {
  const rows = await needs.db.call<SessionRow>('list_sessions', sessionArguments(needs, credential));
  return rows.length > 0 ? [...rows] : undefined;
}

/** The sessions of an account to end: the one of the request, all others, or the one with this id. */
export type SessionSelector = { which: 'this' } | { which: 'others' } | { which: 'one'; id: string };

/**
 * Ends sessions and returns their number; undefined without a live session. When it resolves, no server lets an ended
 * session in.
 */
export async function endSessions(
  needs: SessionNeeds,
  caller: Caller,
  selector: SessionSelector,
): Promise<number | undefined> {
  const { db, log } = needs;
  const [row] = await db.call<EndedRow>('end_sessions', {
    ...sessionArguments(needs, caller),
    which: selector.which,
    id: selector.which === 'one' ? selector.id : undefined,
    ...clientArguments(caller.client),
  });
  const { events, alive, ended, on_standbys } = present(row, 'the outcome');
  logEvents(log, events, caller.client);
  if (on_standbys) await db.standbys.waitForReplay();
  return alive ? ended : undefined;
}

interface EndedRow {
  readonly alive: boolean;
  readonly ended: number;
  /** Whether a standby may still have an ended session. */
  readonly on_standbys: boolean;
  readonly events: RecordedEvent[] | null;
}

/** Writes the last use of sessions that were found at a standby, which could not. */
export async function touchSessions({ db }: SessionNeeds, credentials: readonly Credential[]): Promise<void> {
  await db.call('touch_sessions', credentialArguments(credentials));
}

/** The arguments by which a function finds the sessions of many credentials. */
export function credentialArguments(credentials: readonly Credential[]) {
  return {
    account_ids: credentials.map(({ accountId }) => accountId),
    secret_hashes: credentials.map(({ secretHash }) => secretHash),
  };
}

/** Deletes a batch of the expired sessions, from the time `from` on. */
export function deleteExpiredSessions({ db }: SessionNeeds, from: Date): Promise<DeletedBatch> {
  return deleteByKey(db, 'delete_expired_sessions', { from });
}

/** Deletes a batch of the sessions that are idle too long, from those last used at `from` on. */
export function deleteIdleSessions({ db, sessionLife }: SessionNeeds, from: Date): Promise<DeletedBatch> {
  return deleteByKey(db, 'delete_idle_sessions', { from, idle_seconds: sessionLife.idleSeconds });
}
