import type { InEachLanguage, Language } from '../kit/language.ts';
import { fill } from '../kit/text.ts';
import { inEachLanguage } from '../texts/texts.ts';
import { languageOf } from './language.ts';
import type { Reply, Request } from './server.ts';

/** A problem type as in RFC 9457: stable, with a page of its own that explains it. */
export interface ProblemKind {
  readonly status: number;
  readonly title: InEachLanguage<string>;
  /** The meaning and the remedy, for the page at `type`. */
  readonly explanation: InEachLanguage<string>;
}

/** Problem types by their code. */
export type ProblemKinds<Code extends string = string> = Readonly<Record<Code, ProblemKind>>;

/** A problem to be sent. */
export interface Problem {
  readonly code: string;
  readonly kind: ProblemKind;
  /** The explanation of this occurrence, in the reader's language. */
  readonly detail: string;
  /** The members that clients of the contract read: arrays of sentences by field, `non_field_errors` or `error`. */
  readonly contractFields?: Readonly<Record<string, string | readonly string[]>>;
  /** Extension members (RFC 9457): facts for programs. */
  readonly extensions?: Readonly<Record<string, number | string>>;
}

/** Sends a problem, in the contract's form and as RFC 9457 at once. */
export function sendProblem(request: Request, reply: Reply, problem: Problem): Reply {
  return reply
    .code(problem.kind.status)
    .header('cache-control', 'no-store')
    .serializer(JSON.stringify)
    .type(wantsProblemJson(request) ? 'application/problem+json' : 'application/json; charset=utf-8')
    .send({
      ...problem.contractFields,
      ...problem.extensions,
      type: `${request.server.publicUrl}/problems/${problem.code}`,
      title: problem.kind.title[languageOf(request)],
      status: problem.kind.status,
      detail: problem.detail,
      code: problem.code,
      instance: request.id,
    });
}

/** A rate limit for the headers of a refusal. */
export interface RateLimitHeader {
  readonly name: string;
  readonly quota: number;
  readonly windowSeconds: number;
}

/** Sets the delay before a retry: `Retry-After` (RFC 9110), and the limit by draft-ietf-httpapi-ratelimit-headers. */
export function setRetryAfter(reply: Reply, retryInSeconds: number, limit?: RateLimitHeader): Reply {
  reply.header('retry-after', String(retryInSeconds));
  if (!limit) return reply;
  return reply
    .header('ratelimit-policy', `"${limit.name}";q=${limit.quota};w=${limit.windowSeconds}`)
    .header('ratelimit', `"${limit.name}";r=0;t=${retryInSeconds}`);
}

/** The sentence of a refusal that ends with time. */
export function waitSentence(
  code: 'sending_busy' | 'daily_max' | 'too_many_guesses' | 'too_many_redeem_attempts' | 'too_many_profile_attempts',
) {
  return inEachLanguage(
    ({ problems }, language) =>
      ({ retryInSeconds }: { readonly retryInSeconds: number }) =>
        fill(problems[code].sentence, { when: formatDelay(language, retryInSeconds) }),
  );
}

/** The delay in words ("через 2 минуты", "in 30 seconds"), rounded up to a useful precision. */
export function formatDelay(language: Language, seconds: number): string {
  const format = new Intl.RelativeTimeFormat(language);
  if (seconds <= 120) return format.format(seconds, 'second');
  return seconds <= 7200
    ? format.format(Math.ceil(seconds / 60), 'minute')
    : format.format(Math.ceil(seconds / 3600), 'hour');
}

function wantsProblemJson(request: Request): boolean {
  return request.headers.accept?.includes('application/problem+json') ?? false;
}
