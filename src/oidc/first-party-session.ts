import type { Database } from '../db/database.ts';
import { random } from '../kit/random.ts';
import { isRecord } from '../kit/record.ts';
import { codeLifeSeconds } from '../sign-in/challenge.ts';
import type { AuthSession, FoundSession } from './auth-session.ts';
import { openByToken, recordKey, sealByToken } from './record-key.ts';
import { type AuthSessionRow, findAuthSessionRow, putRecord } from './store.ts';

/** Twice the life of a code, as the pages remember a sign-in. */
const lifeSeconds = 2 * codeLifeSeconds;
const kind = 'AuthSession';

/** A new id: 256 unpredictable bits. */
export function newAuthSessionId(): string {
  return random.bytes(32).toString('base64url');
}

/** Keeps a session under the hash of its id, encrypted by a key that follows from the id. */
export async function keepAuthSession(db: Database, id: string, session: AuthSession): Promise<void> {
  const sealed = sealByToken(id, kind, JSON.stringify(session)).toString('base64');
  await putRecord(db, { key: recordKey(kind, id), payload: { sealed }, grantKey: undefined, lifeSeconds });
}

/** The session of an id; undefined if there is none, or if it has expired. */
export async function findAuthSession(db: Database, id: string): Promise<FoundSession | undefined> {
  if (!/^[\w-]{43}$/.test(id)) return undefined;
  const row = await findAuthSessionRow(db, recordKey(kind, id));
  const session = openRow(id, row);
  if (!session || !row.read_at) return undefined;
  return { id, session, now: row.read_at.getTime(), waitSeconds: row.limit_wait ?? undefined };
}

function openRow(id: string, { payload }: AuthSessionRow): AuthSession | undefined {
  if (!payload) return undefined;
  const session: unknown = JSON.parse(openByToken(id, kind, Buffer.from(String(payload.sealed), 'base64')));
  return isAuthSession(session) ? session : undefined;
}

/** Nobody but this product can have sealed it. */
function isAuthSession(value: unknown): value is AuthSession {
  return isRecord(value) && typeof value.clientId === 'string';
}
