import { ownCookie } from '../http/cookies.ts';
import type { Reply, Request } from '../http/server.ts';
import type { PhoneNumber } from '../kit/phone-number.ts';
import type { Channel } from '../sms/provider.ts';
import { codeLifeSeconds } from './challenge.ts';

/** That this device has signed in before; see `deviceTokenFor`. */
export const deviceCookie = ownCookie('device', 365 * 86_400);

/** The invite code of a link that was opened, until a new person signs up with it. */
export const inviteCookie = ownCookie('invite', 30 * 86_400);

/** What the code page shows: the number, by when, and whether the message has just been sent once more. */
export interface Pending {
  readonly phoneNumber: PhoneNumber;
  readonly codeLength: number;
  /** Milliseconds since 1970, by the clock of the server. */
  readonly expiresAt: number;
  readonly resendAt: number;
  readonly sentAgain: boolean;
  /** How the code travels, and how it would where it is asked for again. */
  readonly channel: Channel;
  readonly nextChannel: Channel;
}

const channels: readonly Channel[] = ['sms', 'telegram', 'whatsapp'];

const cookie = ownCookie('pending', 2 * codeLifeSeconds);

/**
 * Between the page of the number and the page of the code: the number is in a cookie, since it belongs into no URL. A
 * browser can change what it holds, and that would be as if another number had been typed.
 */
export const pendingCookie = {
  read(request: Request): Pending | undefined {
    const [phoneNumber = '', ...rest] = (cookie.read(request) ?? '').split('.');
    const [codeLength = 0, expiresAt = 0, resendAt = 0, again = 0, by = 0, next = 0] = rest.map(Number);
    if (!/^\+\d{2,15}$/.test(phoneNumber) || !rest.every((part) => /^\d{1,15}$/.test(part))) return undefined;
    const [channel = 'sms', nextChannel = 'sms'] = [channels[by], channels[next]];
    const sentAgain = again === 1;
    return {
      phoneNumber: phoneNumber as PhoneNumber,
      codeLength,
      expiresAt,
      resendAt,
      sentAgain,
      channel,
      nextChannel,
    };
  },
  write(reply: Reply, pending: Pending): void {
    const { phoneNumber, codeLength, expiresAt, resendAt, sentAgain } = pending;
    const ways = [pending.channel, pending.nextChannel].map((one) => channels.indexOf(one));
    cookie.write(reply, [phoneNumber, codeLength, expiresAt, resendAt, Number(sentAgain), ...ways].join('.'));
  },
  clear: cookie.clear,
};
