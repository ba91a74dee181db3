import type { Database } from '../db/database.ts';
import type { Language } from '../kit/language.ts';
import type { PhoneNumber } from '../kit/phone-number.ts';
import { random } from '../kit/random.ts';
import type { SecretKeys } from '../kit/secret.ts';
import { addressKey } from '../limits/address.ts';
import type { Allowance } from '../limits/allowance.ts';
import type { Outbox } from '../sms/outbox.ts';
import { judgeRefusedSend, type RequestRefusal } from './challenge.ts';
import { codeFor, laneOf } from './code.ts';
import { messageText } from './message.ts';
import { askForCode } from './store.ts';

/** What asking for a code needs. */
export interface RequestCodeNeeds {
  readonly db: Database;
  readonly keys: SecretKeys;
  readonly outbox: Outbox;
  readonly codeLength: number;
  readonly addressLimit: Allowance;
  /** The host that the code is bound to, in the last line of the message. */
  readonly host: string;
}

/** A code on its way: seconds until it ends and until it can be asked for again, and its digits. */
export interface RequestedCode {
  readonly ok: true;
  readonly expiresIn: number;
  readonly resendIn: number;
  readonly codeLength: number;
}

/**
 * Sends the code of a number's open challenge, opening one where there is none. It does the same work and answers the
 * same whether or not the number is known, and does not wait for the message to leave.
 */
export async function requestCode(
  needs: RequestCodeNeeds,
  asked: { phoneNumber: PhoneNumber; address: string; deviceToken: string | undefined; language: Language },
): Promise<RequestedCode | RequestRefusal> {
  const { keys, codeLength, addressLimit } = needs;
  const row = await askForCode(needs.db, {
    phoneNumber: asked.phoneNumber,
    lane: laneOf(keys, asked.phoneNumber, asked.deviceToken, new Date()),
    challengeId: random.id(),
    keyId: keys.current.id,
    keyIds: keys.all.map(({ id }) => id),
    codeLength,
    addressKey: addressKey(asked.address),
    addressLimit,
  });
  if (row.id === null) return judgeRefusedSend(row, addressLimit);
  const code = codeFor(keys, { id: row.id, key_id: row.key_id, code_length: row.code_length }, asked.phoneNumber);
  if (code === undefined) throw new Error('a challenge was kept whose key has been withdrawn');
  needs.outbox.post({ to: asked.phoneNumber, code, text: messageText(asked.language, code, needs.host) });
  return { ok: true, expiresIn: row.expires_in, resendIn: row.resend_in, codeLength: row.code_length };
}
