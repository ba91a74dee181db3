import { explainRefusal } from '../http/refusal.ts';
import type { Reply, Request } from '../http/server.ts';
import { type SignInRefusal, signInRefusals } from '../sign-in/messages.ts';

/** A response of the authorization challenge endpoint. */
export interface ChallengeAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The error codes of OAuth for the refusals of signing in. */
const errors = {
  not_a_phone_number: 'invalid_request',
  mobile_number_needed: 'invalid_request',
  unknown_region: 'invalid_request',
  challenge_needed: 'invalid_session',
  country_not_served: 'access_denied',
  number_not_served: 'access_denied',
  network_blocked: 'access_denied',
  number_locked: 'access_denied',
  account_blocked: 'access_denied',
  wrong_code: 'insufficient_authorization',
  too_many_messages: 'temporarily_unavailable',
  too_many_guesses: 'temporarily_unavailable',
  sending_busy: 'temporarily_unavailable',
  daily_max: 'temporarily_unavailable',
} as const satisfies Record<SignInRefusal['code'], string>;

const retryHeaders = ['retry-after', 'ratelimit-policy', 'ratelimit'];

/** A refusal of signing in as OAuth has it, with the `code` and the sentence of the API beside it. */
export function refusalAnswer(
  request: Request,
  reply: Reply,
  refusal: SignInRefusal,
  more: ChallengeAnswer['body'] = {},
): ChallengeAnswer {
  const { status, sentence: detail } = explainRefusal(request, reply, signInRefusals, refusal);
  const { code } = refusal;
  const headers = Object.entries(reply.getHeaders()).filter(([name]) => retryHeaders.includes(name));
  return {
    status: 'retryInSeconds' in refusal ? status : 400,
    headers: Object.fromEntries(headers.map(([name, value]) => [name, String(value)])),
    body: {
      error: errors[code],
      error_description: code.replaceAll('_', ' '),
      code,
      detail,
      ...('retryInSeconds' in refusal ? { retry_in: refusal.retryInSeconds } : {}),
      ...('guessesLeft' in refusal && refusal.guessesLeft !== undefined ? { guesses_left: refusal.guessesLeft } : {}),
      ...more,
    },
  };
}
