import { ownCookie } from '../http/cookies.ts';
import type { Reply, Request } from '../http/server.ts';
import type { PhoneNumber } from '../kit/phone-number.ts';
import { withName, withoutName } from '../kit/token-prefix.ts';
import type { Channel } from '../sms/provider.ts';
import { codeLifeSeconds } from './challenge.ts';
import { isChallengeToken, newChallengeToken } from './challenge-token.ts';
import { type NumberNeeds, parseNumber } from './parse-number.ts';

/** A sign-in between the page of the number and the page of the code. Times are in ms since 1970, by the database's clock. */
export interface PendingSignIn {
  readonly phoneNumber: PhoneNumber;
  /** The challenge token of the browser: its code works with no other. */
  readonly challengeToken: string;
  /** Null, and 0 for `expiresAt`, if unknown, since the browser has asked for another number meanwhile. */
  readonly codeLength: number | null;
  readonly expiresAt: number;
  readonly resendAt: number;
  /** The channel of the code, and that of a repeated request. */
  readonly channel: Channel;
  readonly nextChannel: Channel;
  /** The message of this sign-in: nobody else can poll its state. */
  readonly deliveryId: string | undefined;
  /** The invite that a new person redeems by signing up, as `rememberInvite` wrote it. */
  readonly invite: string | undefined;
}

const channels: readonly Channel[] = ['sms', 'telegram', 'whatsapp'];

/**
 * A pending sign-in as one text, for a cookie and for a hidden field of each form, since a number must not be in a URL.
 * A browser can change it, which equals typing another number: no limit is kept here.
 */
export function formatPending(pending: PendingSignIn): string {
  const { phoneNumber, codeLength, expiresAt, resendAt, deliveryId = '', invite = '', challengeToken } = pending;
  const channelIndexes = [pending.channel, pending.nextChannel].map((channel) => channels.indexOf(channel));
  const parts = [
    phoneNumber,
    codeLength ?? 0,
    expiresAt,
    resendAt,
    ...channelIndexes,
    deliveryId,
    invite,
    challengeToken,
  ];
  return withoutName(parts.join('.'));
}

/** Parses a pending sign-in; undefined if its number would be refused in the form. */
export function parsePending(text: string | undefined, needs: NumberNeeds): PendingSignIn | undefined {
  const [phone = '', length = '', expires = '', resend = '', by = '', next = '', id = '', invite = '', token = ''] =
    withName(text ?? '').split('.');
  if (!/^\+\d{2,15}$/.test(phone)) return undefined;
  const number = parseNumber(needs, phone, undefined);
  if (!number.ok) return undefined;
  return {
    phoneNumber: number.phoneNumber,
    // another token than that of the code: the code does not work with it
    challengeToken: isChallengeToken(token) ? token : newChallengeToken(),
    codeLength: /^[4-8]$/.test(length) ? Number(length) : null,
    expiresAt: millisecondsIn(expires),
    resendAt: millisecondsIn(resend),
    channel: channels[Number(by)] ?? 'sms',
    nextChannel: channels[Number(next)] ?? 'sms',
    deliveryId: /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id) ? id : undefined,
    invite: /^[\w-]{1,80}$/.test(invite) ? invite : undefined,
  };
}

/** A time that a `Date` can hold; 0 for anything else. */
function millisecondsIn(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

const cookie = ownCookie('pending', 2 * codeLifeSeconds);

/** The pending sign-in that a browser remembers, for `/confirm/` when it is opened. */
export const pendingCookie = {
  read: (request: Request, needs: NumberNeeds): PendingSignIn | undefined => parsePending(cookie.read(request), needs),
  write: (reply: Reply, pending: PendingSignIn): void => cookie.write(reply, formatPending(pending)),
  clear: cookie.clear,
};
