import { maskPhoneNumber, type PhoneNumber } from '../kit/phone-number.ts';
import type { Cursor, InvitedRow } from './store.ts';

/** The form in which the owner of a code sees the numbers of those who redeemed it. */
export type InvitedPhones = 'full' | 'masked';

/** A person who redeemed a code, as the owner of the code may see them: number, first name, time of the redemption. */
export type InvitedPerson = { readonly firstName: string | null; readonly redeemedAt: Date } & (
  | { readonly isMasked: false; readonly number: PhoneNumber }
  | { readonly isMasked: true; readonly text: string }
);

/** A page of the people who redeemed a code, newest first, and the start of the next page, or null. */
export interface InvitedPage {
  readonly people: readonly InvitedPerson[];
  readonly cursor: string | null;
}

/** Makes a page of at most `size` rows; one more row means that another page follows. */
export function toInvitedPage(rows: readonly InvitedRow[], size: number, phones: InvitedPhones): InvitedPage {
  const page = rows.slice(0, size);
  const last = page.at(-1);
  return {
    people: page.map((row) => toInvitedPerson(row, phones)),
    cursor: last && rows.length > size ? formatCursor({ micros: last.micros, accountId: last.account_id }) : null,
  };
}

function toInvitedPerson(row: InvitedRow, phones: InvitedPhones): InvitedPerson {
  const { phone_number: number, first_name: firstName, micros } = row;
  const shown = { firstName, redeemedAt: new Date(Number(micros) / 1000) };
  return phones === 'full'
    ? { ...shown, isMasked: false, number }
    : { ...shown, isMasked: true, text: maskPhoneNumber(number) };
}

/** The number for programs: in E.164, or masked. */
export function invitedText(invited: InvitedPerson): string {
  return invited.isMasked ? invited.text : invited.number;
}

/** Parses a cursor of ours; undefined for anything else. */
export function parseCursor(text: string): Cursor | undefined {
  const [, micros, accountId] =
    /^(\d{1,17})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.exec(
      Buffer.from(text, 'base64url').toString('latin1'),
    ) ?? [];
  return micros !== undefined && accountId !== undefined ? { micros, accountId } : undefined;
}

function formatCursor({ micros, accountId }: Cursor): string {
  return Buffer.from(`${micros}.${accountId}`).toString('base64url');
}
