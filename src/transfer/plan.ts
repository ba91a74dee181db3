import type { AccountKeys } from '../accounts/account.ts';
import { newInviteCodes } from '../invites/invite.ts';
import { random } from '../kit/random.ts';
import { externalKey, type Facts, type KnownAccount, nameKeys } from './facts.ts';
import type { Candidate, Fields, Note, NoteCode, RecordRefusal, ReportLine } from './person.ts';

/** A person to be created. */
export interface Insertion {
  readonly id: string;
  readonly candidate: Candidate;
  readonly fields: Fields;
  readonly keys: AccountKeys;
  /** The code that they bring; null if they get a new one, of `newCodes`. */
  readonly code: string | null;
  readonly newCodes: readonly string[];
  /** The inviter whose code they redeemed, if it is known now. */
  readonly inviterId: string | null;
}

/** A person to be changed; the keys belong to the changes. */
export interface Change {
  readonly id: string;
  readonly candidate: Candidate;
  readonly changes: Partial<Fields>;
  readonly keys: AccountKeys;
  /** The account as it is afterwards. */
  readonly after: KnownAccount;
  /** A code of the earlier system that leads to them from now on. */
  readonly code: string | null;
}

/** An inviter to be found when all people are there. */
export interface PendingLink {
  readonly line: number;
  readonly accountId: string;
  readonly code: string;
  readonly at: string | null;
}

/** The decisions about a batch; `left` are records that have to wait for the others to be written. */
export interface Plan {
  readonly insertions: readonly Insertion[];
  readonly changes: readonly Change[];
  readonly report: readonly ReportLine[];
  readonly links: readonly PendingLink[];
  readonly left: readonly Candidate[];
}

/** Decides about each record of a batch, in its order. A record about a person who is changed by it ends the batch. */
export function planBatch(candidates: readonly Candidate[], facts: Facts): Plan {
  const insertions: Insertion[] = [];
  const changes: Change[] = [];
  const report: ReportLine[] = [];
  const links: PendingLink[] = [];
  const written = new Set<string>();
  for (const [at, candidate] of candidates.entries()) {
    const found = findAccount(candidate, facts);
    if (typeof found === 'string' && written.has(found))
      return { insertions, changes, report, links, left: candidates.slice(at) };
    if (typeof found === 'object') {
      report.push({ line: candidate.line, result: 'refused', ...found });
      continue;
    }
    const notes: Note[] = [...candidate.notes];
    const known = found === undefined ? undefined : facts.accounts.get(found);
    const id = found ?? random.id();
    let result: 'inserted' | 'updated' | 'unchanged' = 'inserted';
    if (found === undefined) {
      insertions.push(toInsertion(id, candidate, facts, notes));
      written.add(id);
    } else {
      const change = toChange(found, candidate, known, facts, notes);
      result = change ? 'updated' : 'unchanged';
      if (change) changes.push(change);
      if (change) written.add(id);
    }
    links.push(...pendingLink(id, candidate, facts, notes));
    report.push({
      line: candidate.line,
      result,
      id,
      external_id: candidate.externalId,
      ...(notes.length > 0 ? { notes } : {}),
    });
  }
  return { insertions, changes, report, links, left: [] };
}

/** The account of a record, undefined if it has none yet; or the reason for which the record cannot be imported. */
function findAccount(
  { phoneNumber, externalId }: Candidate,
  facts: Facts,
): string | undefined | { readonly reason: RecordRefusal; readonly value?: string } {
  const byNumber = facts.numbers.get(phoneNumber)?.accountId;
  const byId = externalKey(externalId).map((key) => facts.names.get(key))[0];
  if (byId !== undefined && byNumber !== byId) return { reason: 'number_changed', value: phoneNumber };
  const known = byNumber === undefined ? undefined : facts.accounts.get(byNumber);
  if (externalId !== null && known && known.externalId !== null && known.externalId !== externalId)
    return { reason: 'number_taken', value: phoneNumber };
  return byNumber;
}

function toInsertion(id: string, candidate: Candidate, facts: Facts, notes: Note[]): Insertion {
  const { fields, keys } = withoutTaken(id, candidate, facts, notes);
  const code = freeCode(id, candidate, facts, notes);
  const inviterId = candidate.inviterCode === null ? undefined : facts.codes.get(candidate.inviterCode);
  const isKnown = inviterId !== undefined && facts.invites.get(inviterId)?.isOpen === true;
  remember(id, candidate, { fields, keys, code, redeemedCode: isKnown ? candidate.inviterCode : null }, facts);
  return {
    id,
    candidate,
    fields,
    keys,
    code,
    newCodes: code === null ? newInviteCodes() : [],
    inviterId: isKnown ? inviterId : null,
  };
}

/**
 * The change that a record makes to a known account; undefined for the record of the last import. Until the first sign-in
 * here the earlier system has the last word; afterwards a record only fills what is empty.
 */
function toChange(
  id: string,
  candidate: Candidate,
  known: KnownAccount | undefined,
  facts: Facts,
  notes: Note[],
): Change | undefined {
  if (known === undefined || known.hash === candidate.hash) return undefined;
  const isUnproven = facts.numbers.get(candidate.phoneNumber)?.isUnproven === true;
  const { fields, keys } = withoutTaken(id, candidate, facts, notes);
  const changes: Partial<Record<keyof Fields, string | null>> = {};
  for (const field of ['username', 'first_name', 'last_name', 'email'] as const) {
    const [from, to] = [known.fields[field], fields[field]];
    if (to === null || to === from) continue;
    if (isUnproven || from === null) changes[field] = to;
    else notes.push({ code: 'kept', value: field });
  }
  const code = facts.invites.get(id)?.code === candidate.code ? null : freeCode(id, candidate, facts, notes);
  const after = { externalId: candidate.externalId, hash: candidate.hash, fields: { ...known.fields, ...changes } };
  remember(id, candidate, { fields: after.fields, keys, code }, facts);
  const ownKeys = {
    username: changes.username === undefined ? null : keys.username,
    email: changes.email === undefined ? null : keys.email,
  };
  return { id, candidate, changes, keys: ownKeys, after, code };
}

/** The fields of a record without a user name and an address that another account has. */
function withoutTaken(id: string, { fields, keys }: Candidate, facts: Facts, notes: Note[]) {
  const isTaken = (own: AccountKeys) => nameKeys(own).some((key) => (facts.names.get(key) ?? id) !== id);
  const free = { fields: { ...fields }, keys: { ...keys } };
  const drop = (field: 'username' | 'email', code: NoteCode) => {
    notes.push({ code, value: fields[field] ?? undefined });
    free.fields[field] = null;
    free.keys[field] = null;
  };
  if (isTaken({ ...keys, email: null })) drop('username', 'username_taken');
  if (isTaken({ ...keys, username: null })) drop('email', 'email_taken');
  return free;
}

/** The code that a record brings, unless another account has it already or its owner does. */
function freeCode(id: string, { code }: Candidate, facts: Facts, notes: Note[]): string | null {
  if (code === null) return null;
  const owner = facts.codes.get(code);
  if (owner === undefined) return code;
  if (owner !== id) notes.push({ code: 'invite_code_taken', value: code });
  return null;
}

/** Adds a planned person to the state, for the records behind. */
function remember(
  id: string,
  { phoneNumber, externalId, hash }: Candidate,
  plan: { fields: Fields; keys: AccountKeys; code: string | null; redeemedCode?: string | null },
  facts: Facts,
): void {
  const isUnproven = facts.numbers.get(phoneNumber)?.isUnproven ?? true;
  facts.numbers.set(phoneNumber, { accountId: id, isUnproven });
  for (const key of [...nameKeys(plan.keys), ...externalKey(externalId)]) facts.names.set(key, id);
  if (plan.code !== null) facts.codes.set(plan.code, id);
  facts.accounts.set(id, { externalId, hash, fields: plan.fields });
  const before = facts.invites.get(id);
  facts.invites.set(id, {
    code: before?.code ?? plan.code ?? '',
    redeemedCode: before?.redeemedCode ?? plan.redeemedCode ?? null,
    isOpen: before?.isOpen ?? true,
  });
}

/** The link to an inviter who is not known yet, or of a person who was here before. */
function pendingLink(accountId: string, candidate: Candidate, facts: Facts, notes: Note[]): PendingLink[] {
  const { line, inviterCode: code, createdAt: at } = candidate;
  if (code === null) return [];
  const redeemed = facts.invites.get(accountId)?.redeemedCode ?? null;
  if (redeemed === code) return [];
  if (redeemed === null) return [{ line, accountId, code, at }];
  notes.push({ code: 'inviter_kept', value: code });
  return [];
}
