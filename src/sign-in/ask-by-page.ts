import { languageOf } from '../http/language.ts';
import { setRetryAfter } from '../http/problem.ts';
import type { Reply, Request } from '../http/server.ts';
import { deviceCookie } from './cookies.ts';
import { refusalSentence } from './messages.ts';
import type { Pending } from './pending-sign-in.ts';
import { type RequestCodeNeeds, requestCode } from './request-code.ts';

/** Requests a code for a browser: returns the pending sign-in for its pages, or the refusal. */
export async function askByPage(
  request: Request,
  needs: RequestCodeNeeds,
  phoneNumber: Pending['phoneNumber'],
  invite: string | undefined,
) {
  const requested = await requestCode(needs, {
    phoneNumber,
    address: request.ip,
    deviceToken: deviceCookie.read(request),
    language: languageOf(request),
  });
  if (!requested.ok) return { ok: false, refusal: requested } as const;
  const { codeLength, expiresIn, resendIn, channel, nextChannel, deliveryId, isNew } = requested;
  const now = requested.now.getTime();
  const times = { expiresAt: now + expiresIn * 1000, resendAt: now + resendIn * 1000 };
  const pending: Pending = { phoneNumber, codeLength, ...times, channel, nextChannel, deliveryId, invite };
  return { ok: true, pending, isNew } as const;
}

/** The reason that nothing was sent. */
export type AskRefusal = Extract<Awaited<ReturnType<typeof askByPage>>, { ok: false }>['refusal'];

/** Sets the retry headers, and returns the sentence and the status of a refusal. */
export function explainRefusal(request: Request, reply: Reply, refusal: AskRefusal): { error: string; status: number } {
  setRetryAfter(reply, refusal.retryInSeconds, 'limit' in refusal ? refusal.limit : undefined);
  return {
    error: refusalSentence(languageOf(request), refusal),
    status: refusal.code === 'sending_busy' ? 503 : 429,
  };
}
