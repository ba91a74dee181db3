import { logAct } from '../audit/act.ts';
import { findEvents, recordAct } from '../audit/store.ts';
import type { Actor } from '../operators/actor.ts';
import { type PersonInput, preparePerson } from './act-on-person.ts';
import { findDeliveries, findDevices, findGuests } from './number-store.ts';
import type { PeopleNeeds, PersonRefusal } from './person.ts';
import { findById } from './person-store.ts';

/** The maximum of events and of invited people in an export. */
const maxRows = 10_000;

/** The data of one person for them (GDPR, article 15): profile, devices, messages with times, invites, audit trail. */
export async function exportPerson(
  needs: PeopleNeeds,
  actor: Actor,
  input: PersonInput,
): Promise<{ readonly ok: true; readonly data: PersonExport } | PersonRefusal> {
  const prepared = await preparePerson(needs, actor, 'export_person', input);
  if (!prepared.ok) return prepared;
  const { accountId, phoneNumber, on } = prepared;
  const act = { act: 'export_person', accountId, target: on.target } as const;
  logAct(needs.log, await recordAct(needs.db, on.actor, act), actor);
  const data = await readPerson(needs, accountId, phoneNumber);
  return data ? { ok: true, data } : { ok: false, code: 'person_unknown' };
}

/** The JSON of an export. */
export type PersonExport = NonNullable<Awaited<ReturnType<typeof readPerson>>>;

async function readPerson({ db }: PeopleNeeds, accountId: string, phoneNumber: string) {
  const [person, devices, messages, guests, events] = await Promise.all([
    findById(db, accountId),
    findDevices(db, accountId),
    findDeliveries(db, phoneNumber),
    findGuests(db, accountId, maxRows),
    findEvents(db, accountId, maxRows),
  ]);
  if (!person) return undefined;
  const { id, phone_number, username, first_name, last_name, email, external_id, created_at, ...rest } = person;
  return {
    exported_at: new Date(),
    profile: { id, phone_number, username, first_name, last_name, email, external_id, created_at },
    devices,
    messages: messages.map(({ requested_at, sent_at, delivered_at, completed_at, channel, provider, state }) => ({
      ...{ requested_at, sent_at, delivered_at, completed_at, channel, provider, state },
    })),
    invites: {
      own_code: rest.invite_code,
      is_closed: rest.invite_closed_at !== null,
      redeemed_code: rest.redeemed_code,
      invited_count: rest.invited_count,
      invited: guests.map(({ account_id, redeemed_at }) => ({ account_id, redeemed_at })),
    },
    audit: events.map(({ at, event, result, details, act, device }) => ({ at, event, result, details, act, device })),
  };
}
