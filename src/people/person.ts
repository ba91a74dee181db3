import type { AuditNeeds } from '../audit/store.ts';
import type { PageCursor } from '../kit/page-cursor.ts';
import {
  maskPhoneNumber,
  type PhoneNumber,
  type PhoneNumberPolicy,
  type RegionCode,
  type ServedCountries,
} from '../kit/phone-number.ts';
import type { SecretKeys } from '../kit/secret.ts';
import type { ActRefusal } from '../operators/actor.ts';

/** The dependencies of what operators do with people. */
export interface PeopleNeeds extends AuditNeeds {
  readonly keys: SecretKeys;
  readonly defaultRegion: RegionCode;
  readonly phoneNumberPolicy: PhoneNumberPolicy;
  readonly smsCountries: ServedCountries;
  readonly testNumbers: ReadonlyMap<string, string>;
  readonly keepDays: { readonly deliveries: number; readonly audit: number };
}

/** A person as an operator sees them. The number and the address are masked unless the look is recorded. */
export interface Person extends PageCursor {
  readonly phone_number: string;
  readonly username: string | null;
  readonly first_name: string | null;
  readonly last_name: string | null;
  readonly email: string | null;
  readonly external_id: string | null;
  readonly created_at: Date;
  /** Whether the number was imported and nobody has signed in with it. */
  readonly is_unproven: boolean;
  readonly is_blocked: boolean;
  readonly sessions: number;
  readonly invite_code: string;
  readonly invite_closed_at: Date | null;
  readonly invited_count: number;
  readonly inviter_id: string | null;
  readonly redeemed_code: string | null;
}

/** A person with the number in clear. */
export interface ClearPerson extends Person {
  readonly phone_number: PhoneNumber;
}

/** The refusal of an act on a person. */
export type PersonRefusal =
  | ({ readonly ok: false } & ActRefusal)
  | { readonly ok: false; readonly code: 'person_unknown' }
  | { readonly ok: false; readonly code: 'not_a_phone_number' };

/** A person without the number and the address. */
export function maskPerson(person: ClearPerson): Person {
  const { phone_number: number, email } = person;
  return { ...person, phone_number: maskPhoneNumber(number), email: email && maskEmail(email) };
}

function maskEmail(email: string): string {
  return email.replace(/^(.).*(?=@)/su, '$1•••');
}
