import { hash } from 'node:crypto';
import { isInviteCode } from '../invites/invite.ts';
import {
  type PhoneNumber,
  type PhoneNumberPolicy,
  parsePhoneNumber,
  type RegionCode,
  type ServedCountries,
} from '../kit/phone-number.ts';
import { type ProfileField, parseChanges, profileFields } from '../profile/profile.ts';
import { hashLegacyToken } from '../sessions/legacy-token.ts';
import { readImportedNumber } from './imported-number.ts';
import type { Candidate, Note, NoteCode, RecordRefusal, SourcePerson, SourceToken } from './person.ts';

/** The settings by which the numbers of a file are judged. */
export interface ImportRules {
  /** The country of numbers without one. */
  readonly defaultRegion: RegionCode;
  readonly phoneNumberPolicy: PhoneNumberPolicy;
  readonly smsCountries: ServedCountries;
}

/** Checks a person of a file: their number has to be one, and each other part is left out with a note if it is unfit. */
export function checkPerson(
  rules: ImportRules,
  line: number,
  person: SourcePerson,
):
  | { readonly ok: true; readonly candidate: Candidate }
  | { readonly ok: false; readonly code: RecordRefusal; readonly value?: string | undefined } {
  const { externalId = '', phone = '' } = person;
  if ([...externalId].length > 200 || /\p{Cc}/u.test(externalId) || !externalId.isWellFormed())
    return { ok: false, code: 'external_id_invalid', value: externalId };
  if (phone.trim() === '') return { ok: false, code: 'number_missing' };
  const number = readServedNumber(rules, phone) ?? readImportedNumber(phone, person.region, rules.defaultRegion);
  if (!number.ok) return { ok: false, code: number.code, value: phone };
  const { phoneNumber } = number;
  const notes: Note[] = [...(person.notes ?? []), ...numberNotes(rules, phoneNumber, phone, number.isServed === true)];
  const profile = checkFields(person, notes);
  const candidate = {
    line,
    phoneNumber,
    externalId: externalId || null,
    ...profile,
    code: checkCode(person.code, 'invite_code_invalid', notes),
    inviterCode: checkCode(person.inviterCode, 'inviter_code_invalid', notes),
    createdAt: checkTime(person.createdAt, notes),
    isBlocked: person.isBlocked === true,
    token: checkToken(person, notes),
  };
  return { ok: true, candidate: { ...candidate, hash: hashOf(candidate), notes } };
}

/** A number in E.164 that gets codes, as most are; undefined if it has to be looked at more closely. */
function readServedNumber(
  { defaultRegion, phoneNumberPolicy: policy, smsCountries: served }: ImportRules,
  text: string,
) {
  if (!text.startsWith('+')) return undefined;
  const parsed = parsePhoneNumber(text, { region: undefined, defaultRegion, policy, served });
  return parsed.ok ? { ...parsed, isServed: true } : undefined;
}

function numberNotes(rules: ImportRules, phoneNumber: PhoneNumber, written: string, isServed: boolean): Note[] {
  const notes: Note[] = [];
  if (written !== phoneNumber) notes.push({ code: 'number_normalized', value: written });
  if (isServed) return notes;
  const { defaultRegion, phoneNumberPolicy: policy, smsCountries: served } = rules;
  const parsed = parsePhoneNumber(phoneNumber, { region: undefined, defaultRegion, policy, served });
  if (!parsed.ok) notes.push({ code: 'number_gets_no_code', value: parsed.code });
  return notes;
}

const notesOfFields: Readonly<Record<ProfileField, NoteCode>> = {
  username: 'username_invalid',
  first_name: 'first_name_invalid',
  last_name: 'last_name_invalid',
  email: 'email_invalid',
};

/** The fields by the rules of the profile. Only if one of them is unfit each is checked by itself. */
function checkFields(person: SourcePerson, notes: Note[]): Pick<Candidate, 'fields' | 'keys'> {
  const given = {
    username: person.username ?? null,
    first_name: person.firstName ?? null,
    last_name: person.lastName ?? null,
    email: person.email ?? null,
  };
  const isFit = (field: ProfileField) => parseChanges({ [field]: given[field] }).ok;
  const whole = parseChanges(given);
  const unfit = whole.ok ? [] : profileFields.filter((field) => !isFit(field));
  for (const field of unfit) {
    notes.push({ code: notesOfFields[field], value: given[field] ?? undefined });
    given[field] = null;
  }
  const parsed = whole.ok ? whole : parseChanges(given);
  if (!parsed.ok) throw new Error('a profile is unfit although each of its fields is fit');
  const { username = null, first_name = null, last_name = null, email = null } = parsed.changes;
  return { fields: { username, first_name, last_name, email }, keys: parsed.keys };
}

function checkCode(text: string | undefined, problem: NoteCode, notes: Note[]): string | null {
  const code = text?.trim();
  if (!code) return null;
  if (isInviteCode(code)) return code;
  notes.push({ code: problem, value: code });
  return null;
}

/** A time that PostgreSQL and a person understand: not before 1990, and not after tomorrow. */
function checkTime(value: string | number | undefined, notes: Note[]): string | null {
  if (value === undefined || value === '') return null;
  const time = new Date(value);
  const ms = time.getTime();
  if (ms >= earliest && ms < Date.now() + 86_400_000) return time.toISOString();
  notes.push({ code: 'created_at_invalid', value: String(value) });
  return null;
}

const earliest = Date.UTC(1990);

function checkToken({ token, isBlocked }: SourcePerson, notes: Note[]): Candidate['token'] {
  if (token === undefined) return null;
  const parsed = parseSourceToken(token);
  if (!parsed || isBlocked) {
    notes.push({ code: isBlocked ? 'token_of_blocked_person' : 'token_invalid' });
    return null;
  }
  return parsed;
}

/** A token of a file as it is stored; undefined if it has not the form of one. */
export function parseSourceToken({ key, createdAt }: SourceToken): NonNullable<Candidate['token']> | undefined {
  const tokenHash = hashLegacyToken(key);
  return tokenHash && { hash: tokenHash, createdAt: checkTime(createdAt, []) };
}

/** Tells whether a record is the same as at an earlier import; in 64 bits, as PostgreSQL keeps it. */
function hashOf(candidate: Omit<Candidate, 'hash' | 'notes' | 'line'> & { line?: number }): string {
  const { line: _line, keys: _keys, token: _token, ...content } = candidate;
  return hash('sha256', JSON.stringify(content), 'buffer').readBigInt64BE().toString();
}
