import type { Request } from '../http/server.ts';
import type { Channel } from '../sms/provider.ts';
import { deviceCookie } from './cookies.ts';
import { messageLanguage } from './message-language.ts';
import type { PendingSignIn } from './pending-sign-in.ts';
import { type RequestCodeNeeds, requestCode } from './request-code.ts';

/** Requests a code for a browser: returns the pending sign-in for its pages, or the refusal. */
export async function requestCodeByPage(
  request: Request,
  needs: RequestCodeNeeds,
  { phoneNumber, challengeToken, invite }: Pick<PendingSignIn, 'phoneNumber' | 'challengeToken' | 'invite'>,
  chosen?: Channel,
) {
  const requested = await requestCode(needs, {
    phoneNumber,
    clientIp: request.ip,
    challengeToken,
    channel: chosen,
    deviceToken: deviceCookie.read(request),
    language: messageLanguage(request, phoneNumber),
  });
  if (!requested.ok) return { ok: false, refusal: requested } as const;
  const { codeLength, expiresIn, resendIn, channel, nextChannel, deliveryId, isNew } = requested;
  const now = requested.now.getTime();
  const times = { expiresAt: now + expiresIn * 1000, resendAt: now + resendIn * 1000 };
  const asked = { phoneNumber, challengeToken, codeLength, invite };
  const pending: PendingSignIn = { ...asked, ...times, channel, nextChannel, deliveryId };
  return { ok: true, pending, isNew } as const;
}
