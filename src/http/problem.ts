import type { InEachLanguage, Language } from '../kit/language.ts';
import { languageOf } from './language.ts';
import type { Reply, Request } from './server.ts';

/** A kind of problem, as RFC 9457 means it: stable, with a page of its own that explains it. */
export interface ProblemKind {
  readonly status: number;
  readonly title: InEachLanguage<string>;
  /** What it means and what to do, for the page at `type`. */
  readonly explanation: InEachLanguage<string>;
}

/** Kinds of problems by their code. */
export type ProblemKinds<Code extends string = string> = Readonly<Record<Code, ProblemKind>>;

/** One problem, to be answered. */
export interface Problem {
  readonly code: string;
  readonly kind: ProblemKind;
  /** What happened this time, in the reader's language. */
  readonly detail: string;
  /** The members that clients of the contract read: arrays of sentences by field, `non_field_errors` or `error`. */
  readonly form?: Readonly<Record<string, string | readonly string[]>>;
  /** More members, facts that a program can use. */
  readonly facts?: Readonly<Record<string, number | string>>;
}

/** Answers with a problem: at once in the contract's form and as RFC 9457. */
export function sendProblem(request: Request, reply: Reply, problem: Problem): Reply {
  return reply
    .code(problem.kind.status)
    .header('cache-control', 'no-store')
    .serializer(JSON.stringify)
    .type(wantsProblemJson(request) ? 'application/problem+json' : 'application/json; charset=utf-8')
    .send({
      ...problem.form,
      ...problem.facts,
      type: `${request.server.publicUrl}/problems/${problem.code}`,
      title: problem.kind.title[languageOf(request)],
      status: problem.kind.status,
      detail: problem.detail,
      code: problem.code,
      instance: request.id,
    });
}

/** A limit as the headers of a refusal tell it. */
export interface ToldLimit {
  readonly name: string;
  readonly quota: number;
  readonly windowSeconds: number;
}

/** Says when to come back: `Retry-After` (RFC 9110), and the limit by draft-ietf-httpapi-ratelimit-headers. */
export function tellRetry(reply: Reply, retryInSeconds: number, limit?: ToldLimit): Reply {
  reply.header('retry-after', String(retryInSeconds));
  if (!limit) return reply;
  return reply
    .header('ratelimit-policy', `"${limit.name}";q=${limit.quota};w=${limit.windowSeconds}`)
    .header('ratelimit', `"${limit.name}";r=0;t=${retryInSeconds}`);
}

/** When to come back, in words ("через 2 минуты", "in 30 seconds"), rounded up to what a person can use. */
export function inWords(language: Language, seconds: number): string {
  const format = new Intl.RelativeTimeFormat(language);
  if (seconds <= 120) return format.format(seconds, 'second');
  return seconds <= 7200
    ? format.format(Math.ceil(seconds / 60), 'minute')
    : format.format(Math.ceil(seconds / 3600), 'hour');
}

function wantsProblemJson(request: Request): boolean {
  return request.headers.accept?.includes('application/problem+json') ?? false;
}
