import type { KeyActor } from '../api-keys/find-key-actor.ts';
import { refuseAct } from '../audit/refuse-act.ts';
import type { Language } from '../kit/language.ts';
import type { PhoneNumber } from '../kit/phone-number.ts';
import { firstOf } from '../kit/present.ts';
import { type RequestCodeNeeds, requestCode } from '../sign-in/request-code.ts';
import type { Channel } from '../sms/provider.ts';
import { askersOf } from './asker.ts';
import { recordVerification } from './store.ts';
import type { VerificationRefusal } from './verification.ts';

/** A verification whose code is on its way. */
export interface RequestedVerification {
  readonly ok: true;
  readonly id: string;
  readonly phoneNumber: PhoneNumber;
  readonly channel: Channel;
  readonly nextChannel: Channel;
  readonly codeLength: number;
  readonly now: Date;
  readonly expiresAt: Date;
  readonly resendIn: number;
}

/**
 * Sends a code to a number for an application with users of its own. Every rule of a code for signing in holds; the
 * allowance by client network is that of `clientIp`. While a verification of the key and the number is pending, its code
 * is sent again under the same id.
 */
export async function requestVerification(
  needs: RequestCodeNeeds,
  actor: KeyActor,
  input: {
    readonly phoneNumber: PhoneNumber;
    readonly language: Language;
    readonly clientIp: string;
    /** A wish, which is ignored if no route to the number has the channel. */
    readonly channel: string | undefined;
  },
): Promise<RequestedVerification | VerificationRefusal> {
  const refusal = await refuseAct(needs, actor, 'verify_numbers');
  if (refusal) return { ok: false, ...refusal };
  const { phoneNumber, language, clientIp } = input;
  const { token } = firstOf(askersOf(needs.keys, actor.id, phoneNumber));
  const requested = await requestCode(needs, {
    phoneNumber,
    language,
    clientIp,
    challengeToken: token,
    deviceToken: undefined,
    channel: needs.deliveries.channels(phoneNumber).find((one) => one === input.channel),
  });
  if (!requested.ok) return requested;
  const { challengeId: id, channel, nextChannel, codeLength, now, resendIn } = requested;
  const expiresAt = new Date(now.getTime() + requested.expiresIn * 1000);
  await recordVerification(needs.db, { id, apiKeyId: actor.id, phoneNumber, channel, expiresAt });
  return { ok: true, id, phoneNumber, channel, nextChannel, codeLength, now, expiresAt, resendIn };
}
