import type { AccountChanges } from '../accounts/account.ts';
import { actArguments, logAct } from '../audit/act.ts';
import { refuseAct } from '../audit/refuse-act.ts';
import { findAccountId } from '../blocks/store.ts';
import { maskPhoneNumber, type PhoneNumber } from '../kit/phone-number.ts';
import type { Act } from '../operators/act.ts';
import type { Actor } from '../operators/actor.ts';
import { type ProfileRefusal, parseChanges } from '../profile/profile.ts';
import { type ActOn, changeProfileOf, endSessionsOf, letNumberTry, stopInviteOf } from './act-store.ts';
import { findPhoneNumber, refusedPerson } from './number-story.ts';
import type { PeopleNeeds, PersonRefusal } from './person.ts';

/** The person of an act, by the id of the account, or by a number in any spelling. */
export interface PersonInput {
  readonly accountId?: string | undefined;
  readonly text?: string | undefined;
  readonly reason?: string | undefined;
}

/** Lets a number try now: ends the lock after wrong codes and every limit of the number. Its open codes end. */
export async function unlockNumber(
  needs: PeopleNeeds,
  actor: Actor,
  input: PersonInput,
): Promise<{ readonly ok: true; readonly wasLocked: boolean; readonly hadLimits: boolean } | PersonRefusal> {
  const refusal = await refuseAct(needs, actor, 'unlock_number', refusedPerson(needs, input));
  if (refusal) return { ok: false, ...refusal };
  const found = await findPhoneNumber(needs, input);
  if (!found.ok) return found;
  const target = `number:${maskPhoneNumber(found.phoneNumber)}`;
  const result = await letNumberTry(needs.db, found.phoneNumber, { actor: actArguments(actor, input), target });
  logAct(needs.log, result.act, actor);
  return { ok: true, wasLocked: result.was_locked, hadLimits: result.had_limits };
}

/** Ends the sessions of a person; once it resolves, no server lets one in. */
export async function endPersonSessions(
  needs: PeopleNeeds,
  actor: Actor,
  input: PersonInput,
): Promise<{ readonly ok: true; readonly ended: number } | PersonRefusal> {
  const prepared = await preparePerson(needs, actor, 'end_sessions', input);
  if (!prepared.ok) return prepared;
  const { phoneNumber, accountId, on } = prepared;
  const { ended, on_standbys: onStandbys, act } = await endSessionsOf(needs.db, phoneNumber, accountId, on);
  logAct(needs.log, act, actor);
  if (onStandbys) await needs.db.standbys.waitForReplay();
  return { ok: true, ended };
}

/** Changes the profile of a person; no rate limit hides that a user name or an address is taken. */
export async function changePerson(
  needs: PeopleNeeds,
  actor: Actor,
  input: PersonInput & { readonly changes: AccountChanges },
): Promise<{ readonly ok: true } | PersonRefusal | ProfileRefusal> {
  const refusal = await refuseAct(needs, actor, 'change_person', refusedPerson(needs, input));
  if (refusal) return { ok: false, ...refusal };
  const read = parseChanges(input.changes);
  if (!read.ok) return read;
  const prepared = await preparePerson(needs, actor, 'change_person', input);
  if (!prepared.ok) return prepared;
  const result = await changeProfileOf(needs.db, prepared.accountId, read, prepared.on);
  if (result.act) logAct(needs.log, result.act, actor);
  if (result.taken) return { ok: false, code: result.taken };
  if (!result.is_known) return { ok: false, code: 'person_unknown' };
  await needs.db.standbys.waitForOwnReads();
  return { ok: true };
}

/** Closes the invite code of a person, or opens it again; `changed` is false if it was so already. */
export async function closeInvite(
  needs: PeopleNeeds,
  actor: Actor,
  input: PersonInput & { readonly isOpen: boolean },
): Promise<{ readonly ok: true; readonly changed: boolean } | PersonRefusal> {
  const prepared = await preparePerson(needs, actor, 'close_invite', input);
  if (!prepared.ok) return prepared;
  const { changed, act } = await stopInviteOf(needs.db, prepared.accountId, !input.isOpen, prepared.on);
  if (act) logAct(needs.log, act, actor);
  return { ok: true, changed };
}

/** A person on whom an actor may act, and the arguments of the act. */
export interface PreparedAct {
  readonly ok: true;
  readonly accountId: string;
  readonly phoneNumber: PhoneNumber;
  readonly on: ActOn;
}

/** Checks that an actor may do an act, and finds its person. */
export async function preparePerson(
  needs: PeopleNeeds,
  actor: Actor,
  act: Act,
  input: PersonInput,
): Promise<PreparedAct | PersonRefusal> {
  const refusal = await refuseAct(needs, actor, act, refusedPerson(needs, input));
  if (refusal) return { ok: false, ...refusal };
  const found = await findPhoneNumber(needs, input);
  if (!found.ok) return found;
  const { phoneNumber } = found;
  const accountId = input.accountId ?? (await findAccountId(needs.db, phoneNumber));
  if (accountId === undefined) return { ok: false, code: 'person_unknown' };
  const target = `account:${accountId}`;
  const { reason } = input;
  return { ok: true, accountId, phoneNumber, on: { actor: actArguments(actor, { reason, keys: needs.keys }), target } };
}
