import { type InvitedPerson, invitedText, parseCursor, toInvitedPage } from '../invites/invited.ts';
import { findOwnInvite } from '../invites/store.ts';
import { present } from '../kit/present.ts';
import { maskIp } from '../limits/client-ip.ts';
import type { Credential } from '../sessions/session.ts';
import { findSessions, type SessionRow } from '../sessions/store.ts';
import { findOwnRecords, type MessageRow, type OwnEventRow, type OwnRecords } from './store.ts';
import { type Profile, type ProfileNeeds, viewProfile } from './view-profile.ts';

const maxEvents = 10_000;
const peoplePage = 1000;

/** The data of a person as JSON, in parts: a list of the people they invited can be long, and is never held whole. */
export type OwnData = AsyncIterable<string>;

/**
 * Reads the data of the owner of the credential; undefined without a live session. The session is checked again for
 * each page of people: if it ends meanwhile, the iteration fails, so that no incomplete document looks complete.
 */
export async function readOwnData(needs: ProfileNeeds, credential: Credential): Promise<OwnData | undefined> {
  const [profile, sessions, records] = await Promise.all([
    viewProfile(needs, credential),
    findSessions(needs, credential),
    findOwnRecords(needs, credential, { keepDays: needs.keepDays.deliveries, maxEvents }),
  ]);
  return profile && sessions && records && partsOf(needs, credential, { profile, sessions, records });
}

interface Found {
  readonly profile: Profile;
  readonly sessions: readonly SessionRow[];
  readonly records: OwnRecords;
}

async function* partsOf(needs: ProfileNeeds, credential: Credential, found: Found): AsyncGenerator<string> {
  const head = JSON.stringify(toJson(found), undefined, 2);
  yield `${head.slice(0, -2)},\n  "people_invited": [`;
  let separator = '\n    ';
  for await (const page of invitedPages(needs, credential, found.profile)) {
    for (const person of page) {
      yield separator + JSON.stringify(personJson(person));
      separator = ',\n    ';
    }
  }
  yield '\n  ]\n}\n';
}

async function* invitedPages(
  needs: ProfileNeeds,
  credential: Credential,
  { invited }: Profile,
): AsyncGenerator<readonly InvitedPerson[]> {
  let { people, cursor } = invited;
  yield people;
  while (cursor !== null) {
    const page = present(
      await findOwnInvite(needs, credential, { cursor: parseCursor(cursor), count: peoplePage + 1 }),
      'the session, which ended during the export',
    );
    ({ people, cursor } = toInvitedPage(page.invited, peoplePage, needs.invitedPhones));
    yield people;
  }
}

function personJson(person: InvitedPerson) {
  return { phone_number: invitedText(person), first_name: person.firstName, redeemed_at: person.redeemedAt };
}

function toJson({ profile, sessions, records }: Found) {
  return {
    exported_at: records.now,
    profile: {
      id: profile.id,
      phone_number: profile.phoneNumber,
      username: profile.username,
      first_name: profile.firstName,
      last_name: profile.lastName,
      email: profile.email,
      created_at: records.created_at,
    },
    invite: {
      own_code: profile.ownCode,
      redeemed_code: profile.redeemedCode,
      redeemed_at: profile.redeemedAt,
      invited_count: profile.invitedCount,
    },
    devices: sessions.map(deviceJson),
    trusted_devices: records.trusted_devices.map((at) => ({ last_used_at: utc(at) })),
    messages: records.messages.map(messageJson),
    security_events: records.events.map(eventJson),
  };
}

function deviceJson({ id, device, address, createdAt, lastUsedAt, expiresAt, current }: SessionRow) {
  return {
    id,
    device,
    address,
    created_at: createdAt,
    last_used_at: lastUsedAt,
    expires_at: expiresAt,
    is_current: current,
  };
}

function messageJson({ requested_at, sent_at, delivered_at, channel, state }: MessageRow) {
  return { requested_at: utc(requested_at), sent_at: utc(sent_at), delivered_at: utc(delivered_at), channel, state };
}

/**
 * A client IP loses its last part, as in the list of devices: an event can be the attempt of a stranger. The details of
 * a redemption are the account id of the inviter, which is not the person's own.
 */
function eventJson({ at, event, result, details, device, client_ip }: OwnEventRow) {
  return {
    at: utc(at),
    event,
    result,
    details: event === 'invite_redeemed' ? null : details,
    device,
    address: client_ip === null ? null : maskIp(client_ip),
  };
}

function utc(time: string): string;
function utc(time: string | null): string | null;
function utc(time: string | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}
