import type { Database } from '../db/database.ts';
import type { PhoneNumber } from '../kit/phone-number.ts';
import { random } from '../kit/random.ts';
import { isRecord } from '../kit/record.ts';
import { codeLifeSeconds } from '../sign-in/challenge.ts';
import type { Channel } from '../sms/provider.ts';
import type { Form } from './first-party-request.ts';
import { openByToken, recordKey, sealByToken } from './record-key.ts';
import { type AuthSessionRow, findAuthSessionRow, putRecord } from './store.ts';

/** The flow of an app between its requests, as a cookie is for a browser. Times are in ms since 1970, by the database's clock. */
export interface AuthSession {
  readonly clientId: string;
  /** The authorisation request, as it was checked. */
  readonly request: Form;
  /** The thumbprint of the key that the tokens are bound to (RFC 9449), and whether each request has to prove it. */
  readonly jkt: string | undefined;
  readonly needsProof: boolean;
  readonly phoneNumber: PhoneNumber;
  /** The token of the asker at the challenge of the number, which counts the guesses. */
  readonly challengeToken: string;
  readonly deviceToken: string | undefined;
  readonly code: SentCode;
  /** Whether it has led to an authorization code; a new request may then go on with its number. */
  readonly isFinished: boolean;
}

/** The code on its way. */
export interface SentCode {
  readonly length: number;
  readonly expiresAt: number;
  readonly resendAt: number;
  readonly channel: Channel;
  readonly nextChannel: Channel;
}

/** A session that a request has presented. */
export interface FoundSession {
  readonly id: string;
  readonly session: AuthSession;
  /** The time of the database, in ms since 1970. */
  readonly now: number;
  /** The seconds until the session may be used again, if its limit is reached. */
  readonly waitSeconds: number | undefined;
}

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
