import { actArguments, logAct, type RecordedAct } from '../audit/act.ts';
import { logEvents, type RecordedEvent } from '../audit/event.ts';
import { type AuditNeeds, clientArguments } from '../audit/store.ts';
import type { Database } from '../db/database.ts';
import type { Client } from '../http/client.ts';
import type { PhoneNumber } from '../kit/phone-number.ts';
import { onlyRow } from '../kit/present.ts';
import { maskIp } from '../limits/client-ip.ts';
import type { Role } from '../operators/act.ts';
import type { Actor } from '../operators/actor.ts';
import type { TeamRefusal } from './refusal.ts';

/** The key of all rows of operators: one, so that the owners can be locked together. */
const key = 'operators';

/** An operator. */
export interface OperatorRow {
  readonly account_id: string;
  readonly phone_number: PhoneNumber;
  readonly role: Role;
  /** The account of an operator, or the name of a user of the operating system. */
  readonly added_by: string;
  readonly added_at: Date;
  /** The beginning of the newest session that still lives. */
  readonly signed_in_at: Date | null;
}

/** All operators, the earliest first; there are few. */
export function findOperators({ db }: { readonly db: Database }): Promise<OperatorRow[]> {
  return db.call<OperatorRow>('list_operators', { key });
}

interface ActRow {
  readonly refusal: TeamRefusal['code'] | null;
  readonly act: RecordedAct | null;
}

/** Makes the account of a number an operator. */
export function insertOperator(
  needs: AuditNeeds,
  actor: Actor,
  { phoneNumber, role }: { phoneNumber: PhoneNumber; role: Role },
): Promise<TeamRefusal | undefined> {
  const input = { key, phone_number: phoneNumber, role, added_by: actor.id, ...actArguments(actor) };
  return recorded(needs, actor, 'add_operator', input);
}

/** Changes the role of an operator, or removes the operator; their sessions end on all processes. */
export function changeOperator(
  needs: AuditNeeds,
  actor: Actor,
  { accountId, role }: { accountId: string; role: Role | undefined },
): Promise<TeamRefusal | undefined> {
  return recorded(needs, actor, 'change_operator', { key, account_id: accountId, role, ...actArguments(actor) });
}

/** Keeps the hash of a link that signs the operator of a number in. */
export function insertLink(
  needs: AuditNeeds,
  actor: Actor,
  { phoneNumber, secretHash }: { phoneNumber: PhoneNumber; secretHash: Buffer },
): Promise<TeamRefusal | undefined> {
  const input = { key, phone_number: phoneNumber, secret_hash: secretHash, made_by: actor.id, ...actArguments(actor) };
  return recorded(needs, actor, 'link_operator', input);
}

async function recorded(
  { db, log }: AuditNeeds,
  actor: Actor,
  name: string,
  input: Parameters<Database['call']>[1],
): Promise<TeamRefusal | undefined> {
  const { refusal, act } = onlyRow(await db.call<ActRow>(name, input));
  if (act) logAct(log, act, actor);
  return refusal ? { code: refusal } : undefined;
}

/** The operator of a session. */
export interface OperatorSessionRow {
  readonly account_id: string;
  readonly role: Role;
  readonly is_fresh: boolean;
  readonly expires_at: Date;
  readonly phone_number: PhoneNumber;
}

/** The operator of a live session, as of this moment; undefined without one. */
export async function findOperatorSession(db: Database, secretHash: Buffer): Promise<OperatorSessionRow | undefined> {
  const rows = await db.call<OperatorSessionRow | { account_id: null }>('operator_of_session', {
    key,
    secret_hash: secretHash,
  });
  const row = onlyRow(rows);
  return row.account_id === null ? undefined : row;
}

/** Opens a session by a link, which it uses up; false if the link does not work. */
export async function openByLink(
  { db, log }: AuditNeeds,
  client: Client,
  hashes: { link: Buffer; session: Buffer },
): Promise<boolean> {
  const rows = await db.call<{ account_id: string | null; events: RecordedEvent[] | null }>('sign_in_by_link', {
    key,
    link_hash: hashes.link,
    secret_hash: hashes.session,
    ...clientArguments(client),
    address: maskIp(client.ip),
  });
  const { account_id, events } = onlyRow(rows);
  logEvents(log, events, client);
  return account_id !== null;
}

/** Ends a session. */
export async function endOperatorSession({ db, log }: AuditNeeds, client: Client, secretHash: Buffer): Promise<void> {
  const rows = await db.call<{ events: RecordedEvent[] | null }>('sign_operator_out', {
    key,
    secret_hash: secretHash,
    ...clientArguments(client),
  });
  logEvents(log, onlyRow(rows).events, client);
}
