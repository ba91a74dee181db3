import { logEvents } from '../audit/event.ts';
import type { AuditNeeds } from '../audit/store.ts';
import type { Client } from '../http/client.ts';
import { maskPhoneNumber, type PhoneNumber } from '../kit/phone-number.ts';

/** Logs a guess that was not compared. It leaves no row, since a stranger can make any number of them. */
export function logUncheckedGuess({ log }: Pick<AuditNeeds, 'log'>, phoneNumber: PhoneNumber, client: Client): void {
  const number = maskPhoneNumber(phoneNumber);
  const details = 'no code is open';
  logEvents(log, [{ event: 'signed_in', result: 'refused', account_id: null, number, details }], client);
}
