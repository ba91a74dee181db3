import { actArguments, logAct } from '../audit/act.ts';
import { type RefusedAct, refuseAct } from '../audit/refuse-act.ts';
import { findEvents, recordAct } from '../audit/store.ts';
import type { Database } from '../db/database.ts';
import { countryOf, maskPhoneNumber, type PhoneNumber, parsePhoneNumber } from '../kit/phone-number.ts';
import type { Actor } from '../operators/actor.ts';
import type { LimitFacts } from './number-limits.ts';
import {
  type DeviceRow,
  findAccount,
  findBlocksOfNumber,
  findChallenges,
  findDeliveries,
  findDevices,
  findGuests,
  findNumberLimits,
  findRefusals,
  type GuestRow,
} from './number-store.ts';
import type { ClearPerson, PeopleNeeds, PersonRefusal } from './person.ts';
import { findById } from './person-store.ts';
import type { EventFacts } from './timeline.ts';
import { type CodeFacts, policyRefusal } from './why-no-code.ts';

/** Everything that is known about a number; `tellStory` puts it into sentences. */
export interface NumberStory extends CodeFacts, EventFacts, LimitFacts {
  readonly phoneNumber: PhoneNumber;
  readonly country: string;
  readonly person: ClearPerson | undefined;
  readonly devices: readonly DeviceRow[];
  /** The newest people who redeemed the code of the person. */
  readonly guests: readonly GuestRow[];
}

/** The maximum number of security events of an account in the story. */
const maxEvents = 200;

/** The story of a number in clear, by any spelling of it or the id of its account; the look is recorded first. */
export async function numberStory(
  needs: PeopleNeeds,
  actor: Actor,
  input:
    | { readonly text: string; readonly accountId?: undefined; readonly reason?: string | undefined }
    | {
        readonly accountId: string;
        readonly text?: undefined;
        readonly reason?: string | undefined;
      },
): Promise<({ readonly ok: true } & NumberStory) | PersonRefusal> {
  const refusal = await refuseAct(needs, actor, 'reveal_number', refusedPerson(needs, input));
  if (refusal) return { ok: false, ...refusal };
  const found = await findPhoneNumber(needs, input);
  if (!found.ok) return found;
  const { phoneNumber } = found;
  const number = maskPhoneNumber(phoneNumber);
  const account = await findAccount(needs.db, phoneNumber);
  const look = { act: 'reveal_number', accountId: account?.id, target: `number:${number}`, number } as const;
  logAct(needs.log, await recordAct(needs.db, actArguments(actor, input), look), actor);
  return { ok: true, ...(await readStory(needs, phoneNumber, account?.id, new Date())) };
}

/** The number that a text or an account means. */
export async function findPhoneNumber(
  { db, defaultRegion }: Pick<PeopleNeeds, 'db' | 'defaultRegion'>,
  { text, accountId }: { readonly text?: string | undefined; readonly accountId?: string | undefined },
): Promise<
  | { readonly ok: true; readonly phoneNumber: PhoneNumber }
  | Extract<PersonRefusal, { code: 'person_unknown' | 'not_a_phone_number' }>
> {
  if (accountId !== undefined) {
    const person = isId(accountId) ? await findById(db, accountId) : undefined;
    return person ? { ok: true, phoneNumber: person.phone_number } : { ok: false, code: 'person_unknown' };
  }
  const read = parsePhoneNumber(text ?? '', { region: undefined, defaultRegion, policy: 'possible' });
  return read.ok ? { ok: true, phoneNumber: read.phoneNumber } : { ok: false, code: 'not_a_phone_number' };
}

/** The object and the reason of a refused act on a person, as the actor names them. */
export function refusedPerson(
  { defaultRegion }: Pick<PeopleNeeds, 'defaultRegion'>,
  {
    text,
    accountId,
    reason,
  }: {
    readonly text?: string | undefined;
    readonly accountId?: string | undefined;
    readonly reason?: string | undefined;
  },
): RefusedAct {
  if (accountId !== undefined) return { reason, target: isId(accountId) ? `account:${accountId}` : undefined };
  const read = parsePhoneNumber(text ?? '', { region: undefined, defaultRegion, policy: 'possible' });
  return { reason, target: read.ok ? `number:${maskPhoneNumber(read.phoneNumber)}` : undefined };
}

function isId(text: string): boolean {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}

/** Reads the story, in one round trip. */
export async function readStory(
  needs: Pick<PeopleNeeds, 'db' | 'defaultRegion' | 'phoneNumberPolicy' | 'smsCountries' | 'testNumbers'>,
  phoneNumber: PhoneNumber,
  accountId: string | undefined,
  now: Date,
): Promise<NumberStory> {
  const { db } = needs;
  const country = countryOf(phoneNumber).region;
  const [messages, numberLimits, challenges, refusals, blocks, account] = await Promise.all([
    findDeliveries(db, phoneNumber),
    findNumberLimits(db, phoneNumber),
    findChallenges(db, phoneNumber),
    findRefusals(db, phoneNumber),
    findBlocksOfNumber(db, phoneNumber, country, accountId),
    readAccount(db, accountId),
  ]);
  return {
    phoneNumber,
    country,
    policy: policyRefusal(needs, phoneNumber),
    isTestNumber: needs.testNumbers.has(phoneNumber),
    now,
    numberLimits,
    challenges,
    ...account,
    blocks,
    messages,
    refusals,
  };
}

async function readAccount(db: Database, accountId: string | undefined) {
  if (accountId === undefined) return { person: undefined, devices: [], guests: [], audit: [] };
  const [person, devices, guests, audit] = await Promise.all([
    findById(db, accountId),
    findDevices(db, accountId),
    findGuests(db, accountId),
    findEvents(db, accountId, maxEvents),
  ]);
  return { person, devices, guests, audit };
}
