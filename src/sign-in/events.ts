import { logEvents } from '../audit/event.ts';
import { recordWrongCode } from '../audit/store.ts';
import type { Client } from '../http/client.ts';
import { maskPhoneNumber, type PhoneNumber } from '../kit/phone-number.ts';
import type { SessionNeeds } from '../sessions/store.ts';

/** Records a guess that was counted and wrong, by a row and a line of the log. */
export async function recordWrongGuess(needs: SessionNeeds, phoneNumber: PhoneNumber, client: Client): Promise<void> {
  logEvents(needs.log, await recordWrongCode(needs, phoneNumber, client), client);
}

/** Logs a guess that was not compared. It leaves no row, since a stranger can make any number of them. */
export function logUncheckedGuess({ log }: SessionNeeds, phoneNumber: PhoneNumber, client: Client): void {
  const number = maskPhoneNumber(phoneNumber);
  const details = 'no code is open';
  logEvents(log, [{ event: 'signed_in', result: 'refused', account_id: null, number, details }], client);
}
