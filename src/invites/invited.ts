import { maskPhoneNumber, type PhoneNumber } from '../kit/phone-number.ts';
import type { Cursor, InvitedRow } from './store.ts';

/** The form in which the owner of a code sees the numbers of those who redeemed it. */
export type InvitedPhones = 'full' | 'masked';

/** A page of the people who redeemed a code: their numbers, newest first, and the start of the next page, or null. */
export interface InvitedPage {
  readonly numbers: string[];
  readonly cursor: string | null;
}

/** Makes a page of at most `size` rows; one more row means that another page follows. */
export function invitedPageOf(rows: readonly InvitedRow[], size: number, phones: InvitedPhones): InvitedPage {
  const shown = rows.slice(0, size);
  const last = shown.at(-1);
  return {
    numbers: shown.map(({ phone_number }) =>
      phones === 'full' ? phone_number : maskPhoneNumber(phone_number as PhoneNumber),
    ),
    cursor: last && rows.length > size ? writeCursor({ micros: last.micros, accountId: last.account_id }) : null,
  };
}

/** Parses a cursor of ours; undefined for anything else. */
export function readCursor(text: string): Cursor | undefined {
  const found = /^(\d{1,17})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.exec(
    Buffer.from(text, 'base64url').toString('latin1'),
  );
  return found ? { micros: found[1]!, accountId: found[2]! } : undefined;
}

function writeCursor({ micros, accountId }: Cursor): string {
  return Buffer.from(`${micros}.${accountId}`).toString('base64url');
}
