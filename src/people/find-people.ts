import { actArguments, logAct } from '../audit/act.ts';
import { refuseAct } from '../audit/refuse-act.ts';
import { recordAct } from '../audit/store.ts';
import { parseInviteCode } from '../invites/invite.ts';
import {
  type Page,
  type PageInput,
  pageLimit,
  parsePageCursor,
  toPage,
  type UnknownCursor,
  unknownCursor,
  uuidPattern,
} from '../kit/page-cursor.ts';
import { parsePhoneNumber } from '../kit/phone-number.ts';
import type { Actor, ActRefusal } from '../operators/actor.ts';
import { parseEmail } from '../profile/email.ts';
import { parseUsername, usernameKeys } from '../profile/username.ts';
import { type ClearPerson, maskPerson, type PeopleNeeds, type Person } from './person.ts';
import { findByKeys, findNewest, type PersonKeys } from './person-store.ts';

/** The ways to find a person by a text. */
export const personFields = ['id', 'phone', 'email', 'username', 'invite_code'] as const;
/** A member of `personFields`. */
export type PersonField = (typeof personFields)[number];

/** The people to find: the newest, or those whom a text may mean, in any of the fields or in one. */
export interface FindInput extends PageInput {
  readonly text?: string | undefined;
  readonly field?: PersonField | undefined;
  /** Numbers and addresses in clear, which is recorded: for API keys and the command line only. */
  readonly inClear?: boolean | undefined;
}

/** Finds people, newest first; see `FindInput`. Of a text all come at once, twenty at most. */
export async function findPeople(
  needs: PeopleNeeds,
  actor: Actor,
  input: FindInput,
): Promise<({ readonly ok: true } & Page<Person>) | ({ readonly ok: false } & ActRefusal) | UnknownCursor> {
  const refusal =
    (await refuseAct(needs, actor, 'read_people')) ?? (input.inClear ? await refusalInClear(needs, actor) : undefined);
  if (refusal) return { ok: false, ...refusal };
  const after = parsePageCursor(input.after, uuidPattern);
  if (after === undefined) return unknownCursor;
  const limit = pageLimit(input.limit);
  const { text } = input;
  const found: Page<ClearPerson> =
    text === undefined || text.trim() === ''
      ? toPage(await findNewest(needs.db, after, limit), limit)
      : { items: await findByKeys(needs.db, keysIn(needs, text, input.field)), next: null };
  if (!input.inClear) return { ok: true, next: found.next, items: found.items.map(maskPerson) };
  const details = `people: ${found.items.length}`;
  logAct(needs.log, await recordAct(needs.db, actArguments(actor), { act: 'reveal_number', details }), actor);
  return { ok: true, ...found };
}

/** An operator reveals one number at a time: `numberStory`. */
async function refusalInClear(needs: PeopleNeeds, actor: Actor): Promise<ActRefusal | undefined> {
  return actor.kind === 'operator'
    ? { code: 'act_not_allowed', act: 'reveal_number' }
    : refuseAct(needs, actor, 'reveal_number');
}

/** The keys that a text may be, in the fields that may hold it. */
export function keysIn(
  { defaultRegion }: Pick<PeopleNeeds, 'defaultRegion'>,
  typed: string,
  field?: PersonField,
): PersonKeys {
  const text = typed.trim();
  const isIn = (one: PersonField) => field === undefined || field === one;
  const number = parsePhoneNumber(text, { region: undefined, defaultRegion, policy: 'possible' });
  const email = isIn('email') && text.length < 1000 ? parseEmail(text) : undefined;
  const username = isIn('username') && text.length < 1000 ? parseUsername(text) : undefined;
  const code = isIn('invite_code') ? parseInviteCode(text) : undefined;
  const keys = username && usernameKeys(username);
  return {
    ids: isIn('id') && uuidPattern.test(text.toLowerCase()) ? [text.toLowerCase()] : [],
    phoneNumbers: isIn('phone') && number.ok ? [number.phoneNumber] : [],
    names: [...(email ? [`email:${email.key}`] : []), ...(keys ? [`written:${keys.written}`] : [])],
    codes: code === undefined ? [] : [code],
  };
}
