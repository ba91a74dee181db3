import type { AccountKeys } from '../accounts/account.ts';
import type { PhoneNumber } from '../kit/phone-number.ts';

/** A person as an earlier system describes them: texts as they are in its file. */
export interface SourcePerson {
  /** Their id there. */
  readonly externalId?: string | undefined;
  readonly phone?: string | undefined;
  /** The country by which a number without a plus was read there. */
  readonly region?: string | undefined;
  readonly username?: string | undefined;
  readonly firstName?: string | undefined;
  readonly lastName?: string | undefined;
  readonly email?: string | undefined;
  /** Their own invite code. */
  readonly code?: string | undefined;
  /** The invite code that they redeemed. */
  readonly inviterCode?: string | undefined;
  readonly createdAt?: string | number | undefined;
  readonly isBlocked?: boolean | undefined;
  readonly token?: SourceToken | undefined;
  /** Facts that the import reports and does not take over. */
  readonly notes?: readonly Note[] | undefined;
}

/** A token of a signed-in client of the earlier system. */
export interface SourceToken {
  readonly key: string;
  readonly createdAt?: string | undefined;
}

/** A record of a file, with the number of its line, or of its object in a JSON array. */
export type SourceRecord = { readonly line: number } & (
  | { readonly kind: 'person'; readonly person: SourcePerson }
  | { readonly kind: 'token'; readonly externalId: string; readonly token: SourceToken }
  /** A record that is not for an import, as an open code. */
  | { readonly kind: 'ignored'; readonly reason: string }
  | { readonly kind: 'unreadable'; readonly reason: string }
);

/** A part of a record that was dealt with otherwise than it is written, and the value that it had. */
export interface Note {
  readonly code: NoteCode;
  readonly value?: string | undefined;
}

/** The reasons of notes; the person was imported without the value. */
export type NoteCode =
  | 'username_invalid'
  | 'username_taken'
  | 'first_name_invalid'
  | 'last_name_invalid'
  | 'email_invalid'
  | 'email_taken'
  | 'invite_code_invalid'
  | 'invite_code_taken'
  | 'created_at_invalid'
  | 'token_invalid'
  | 'token_of_blocked_person'
  | 'was_staff'
  /** The number was written otherwise; it was read as the one number that it can be. */
  | 'number_normalized'
  /** The settings send no code to this number. */
  | 'number_gets_no_code'
  /** The person changed this here; their value stays. */
  | 'kept'
  | LinkProblem;

/** The reasons for which nobody is recorded as the inviter of a person. */
export type LinkProblem =
  | 'inviter_unknown'
  | 'inviter_self'
  | 'inviter_circle'
  | 'inviter_kept'
  | 'inviter_code_invalid'
  | 'person_erased';

/** The reasons for which a record was not imported. */
export type RecordRefusal =
  | 'unreadable'
  | 'number_missing'
  | 'number_invalid'
  | 'number_ambiguous'
  | 'number_taken'
  | 'number_changed'
  | 'external_id_invalid'
  | 'token_owner_unknown'
  | 'token_invalid'
  | 'deleted_there';

/** A person whose number and fields have been checked. */
export interface Candidate {
  readonly line: number;
  readonly phoneNumber: PhoneNumber;
  readonly externalId: string | null;
  readonly fields: Fields;
  readonly keys: AccountKeys;
  readonly code: string | null;
  readonly inviterCode: string | null;
  /** A time in ISO 8601; null for the time of the import. */
  readonly createdAt: string | null;
  readonly isBlocked: boolean;
  readonly token: { readonly hash: Buffer; readonly createdAt: string | null } | null;
  /** The first 64 bits of the SHA-256 of the record. */
  readonly hash: string;
  readonly notes: readonly Note[];
}

/** The fields of a profile. */
export interface Fields {
  readonly username: string | null;
  readonly first_name: string | null;
  readonly last_name: string | null;
  readonly email: string | null;
}

/** A line of the report. */
export type ReportLine = { readonly line: number } & (
  | {
      readonly result: 'inserted' | 'updated' | 'unchanged';
      readonly id: string;
      readonly external_id: string | null;
      readonly notes?: readonly Note[] | undefined;
    }
  | { readonly result: 'refused'; readonly reason: RecordRefusal; readonly value?: string | undefined }
  | { readonly result: 'ignored'; readonly reason: string }
  /** Told after the person, when all people are there. */
  | { readonly result: 'noted'; readonly notes: readonly Note[] }
  | { readonly result: 'token'; readonly is_new: boolean }
);
