import { logEvents, type RecordedEvent } from '../audit/event.ts';
import { type AuditNeeds, clientArguments } from '../audit/store.ts';
import { type Database, Json } from '../db/database.ts';
import { type DeletedBatch, deleteByKey } from '../db/delete-by-key.ts';
import type { Client } from '../http/client.ts';
import { onlyRow } from '../kit/present.ts';
import { random } from '../kit/random.ts';
import { maskIp, plainIp } from '../limits/client-ip.ts';
import { type Bucket, networkBuckets } from '../limits/rate-limit.ts';
import { authorizationRequests, authSessionRequests } from '../limits/rules.ts';
import { bucketArguments } from '../limits/store.ts';
import type { Credential } from '../sessions/session.ts';
import { type SessionNeeds, sessionArguments } from '../sessions/store.ts';
import type { PageSession } from './oidc-request.ts';
import { grantSessionHash } from './record-key.ts';

/** A record as the database has it. */
export interface RecordRow {
  readonly key: string | null;
  readonly payload: Readonly<Record<string, unknown>> | null;
  readonly is_consumed: boolean | null;
}

/** A record to be written. */
export interface NewRecord {
  readonly key: string;
  readonly payload: object;
  readonly grantKey: string | undefined;
  readonly lifeSeconds: number;
}

/** Writes a record, or replaces it. */
export async function putRecord(db: Database, { key, payload, grantKey, lifeSeconds }: NewRecord): Promise<void> {
  await db.call('put_oidc_record', {
    key,
    payload: new Json(payload),
    grant_key: grantKey,
    life_seconds: lifeSeconds,
  });
}

/** Writes a record that nobody has written yet; false if somebody has. */
export async function putNewRecord(db: Database, { key, payload, lifeSeconds }: NewRecord): Promise<boolean> {
  const input = { key, payload: new Json(payload), life_seconds: lifeSeconds };
  return onlyRow(await db.call<{ put_new_oidc_record: boolean }>('put_new_oidc_record', input)).put_new_oidc_record;
}

/** Names a record by another id. */
export async function nameRecord(db: Database, name: string, key: string, lifeSeconds: number): Promise<void> {
  await db.call('name_oidc_record', { key: name, record_key: key, life_seconds: lifeSeconds });
}

/** The record of a key or a name, if it has not expired and its grant lives. */
export async function findRecord(
  { db, sessionLife }: SessionNeeds,
  found: { readonly key: string } | { readonly name: string },
): Promise<RecordRow> {
  const rows = await db.call<RecordRow>('find_oidc_record', {
    key: 'key' in found ? found.key : '',
    name: 'name' in found ? found.name : undefined,
    idle_seconds: sessionLife.idleSeconds,
  });
  return onlyRow(rows);
}

/** Consumes a record; false if it has been consumed, or if there is none. */
export async function consumeRecord(db: Database, key: string): Promise<boolean> {
  return onlyRow(await db.call<{ consume_oidc_record: boolean }>('consume_oidc_record', { key })).consume_oidc_record;
}

/** Deletes a record, and the session of a grant: when it resolves, no server lets that in. */
export async function endRecord({ db, log }: AuditNeeds, key: string): Promise<void> {
  const rows = await db.call<{ on_standbys: boolean; events: RecordedEvent[] | null }>('end_oidc_record', { key });
  const { on_standbys, events } = onlyRow(rows);
  logEvents(log, events, { ip: '', userAgent: undefined });
  if (on_standbys) await db.standbys.waitForReplay();
}

/** The dependencies of opening a grant. */
export interface GrantNeeds extends SessionNeeds {
  readonly sessionsMax: number;
}

/** Opens a grant with its session, or changes it; false if the account has been erased. */
export async function openGrant(
  { db, log, sessionLife, sessionsMax }: GrantNeeds,
  grant: { readonly key: string; readonly payload: object; readonly accountId: string; readonly app: string },
  client: Client,
): Promise<boolean> {
  const row = onlyRow(
    await db.call<{ is_alive: boolean; on_standbys: boolean; events: RecordedEvent[] | null }>('open_oidc_grant', {
      key: grant.key,
      payload: new Json(grant.payload),
      account_id: grant.accountId,
      session_hash: grantSessionHash(grant.key),
      session_id: random.id(),
      life_seconds: sessionLife.lifetimeSeconds,
      sessions_max: sessionsMax,
      app: grant.app,
      address: maskIp(client.ip),
      ...clientArguments({ ...client, ip: plainIp(client.ip) ?? '' }),
    }),
  );
  logEvents(log, row.events, client);
  if (row.on_standbys) await db.standbys.waitForReplay();
  return row.is_alive;
}

/** Notes that an app gets a notice when the session of a grant ends; `sid` is the id by which it knows the session. */
export async function noteLogout(
  { db, sessionLife }: SessionNeeds,
  grant: { readonly key: string; readonly clientId: string; readonly sid: string },
): Promise<void> {
  await db.call('note_oidc_logout', {
    key: grant.key,
    client_id: grant.clientId,
    sid: grant.sid,
    life_seconds: sessionLife.lifetimeSeconds,
    idle_seconds: sessionLife.idleSeconds,
  });
}

/** The live session of a credential; undefined if there is none. */
export async function findPageSession(needs: SessionNeeds, credential: Credential): Promise<PageSession | undefined> {
  const rows = await needs.db.call<{ created_at: Date | null }>('live_session', sessionArguments(needs, credential));
  const { created_at: createdAt } = onlyRow(rows);
  return createdAt ? { accountId: credential.accountId, createdAt } : undefined;
}

/** Counts a request that writes a row before anybody has signed in; the seconds to wait, or 0. */
export function countAuthorization(db: Database, clientIp: string): Promise<number> {
  return countAt(db, networkBuckets('authorization', clientIp, authorizationRequests));
}

/** Counts a request that writes the session of the library in a browser whose person is signed in: neighbours stop nobody. */
export function countSignedIn(db: Database, accountId: string): Promise<number> {
  return countAt(db, [{ key: `authorization:${accountId}`, limit: authorizationRequests }]);
}

async function countAt(db: Database, buckets: readonly Bucket[]): Promise<number> {
  const input = { ...bucketArguments(buckets), counts: true };
  const { is_allowed, limit_wait } = onlyRow(
    await db.call<{ is_allowed: boolean; limit_wait: number | null }>('consume', input),
  );
  return is_allowed ? 0 : Math.max(1, limit_wait ?? 1);
}

/** The record of an `auth_session` as the database has it. */
export interface AuthSessionRow {
  readonly payload: Readonly<Record<string, unknown>> | null;
  readonly read_at: Date | null;
  readonly limit_wait: number | null;
}

/** The record of an `auth_session`, which counts the request. */
export async function findAuthSessionRow(db: Database, key: string): Promise<AuthSessionRow> {
  const { quota, windowSeconds: window } = authSessionRequests;
  return onlyRow(await db.call<AuthSessionRow>('use_auth_session', { key, quota, window }));
}

/** The account of a subject, as its claims need it. */
export interface AccountRow {
  readonly id: string;
  readonly phone_number: string;
  readonly username: string | null;
  readonly first_name: string | null;
  readonly last_name: string | null;
  readonly email: string | null;
  readonly inviter_id: string | null;
}

/** The account of a subject; undefined if it has been erased. */
export async function findAccountRow({ sql, run }: Database, id: string): Promise<AccountRow | undefined> {
  const [row] = await run(
    () => sql<AccountRow[]>`select a.id, a.phone_number, a.username, a.first_name, a.last_name, a.email, i.inviter_id
      from account a join invite i on i.account_id = a.id where a.id = ${id}::uuid`,
  );
  return row;
}

/** Deletes a batch of the expired records, from the time `from` on. */
export function deleteExpiredRecords(db: Database, from: Date): Promise<DeletedBatch> {
  return deleteByKey(db, 'delete_expired_oidc_records', { from });
}

/** Deletes a batch of the expired names, from the time `from` on. */
export function deleteExpiredNames(db: Database, from: Date): Promise<DeletedBatch> {
  return deleteByKey(db, 'delete_expired_oidc_names', { from });
}
