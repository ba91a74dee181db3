import type { InEachLanguage } from '../kit/language.ts';
import { fieldError, sendHttpProblem } from './errors.ts';
import { languageOf } from './language.ts';
import {
  type Problem,
  type ProblemKind,
  type ProblemKinds,
  type RateLimitHeader,
  sendProblem,
  setRetryAfter,
} from './problem.ts';
import type { Reply, Request } from './server.ts';

/** An expected "no" of a use case, with its facts. */
export interface Refusal {
  readonly code: string;
}

/** The delay before a retry, and the rate limit that asks for it, if one does. */
export interface Retry {
  readonly seconds: number;
  readonly limit?: RateLimitHeader;
}

/**
 * The answer to a refusal. An answer with a title and an explanation is a problem type of its own; without them it is an
 * invalid field.
 */
export type RefusalAnswer<R extends Refusal> = {
  readonly sentence: InEachLanguage<string | ((refusal: R) => string)>;
  /** The field of the form that has the sentence; null for a refusal of the whole request. */
  readonly field: string | ((refusal: R) => string) | null;
  /** Null if waiting does not help. */
  readonly retry: R extends { readonly retryInSeconds: number } ? (refusal: R) => Retry : null;
  /** Facts for programs. */
  readonly facts?: (refusal: R) => Problem['extensions'];
} & (ProblemKind | { readonly status: number; readonly title?: never; readonly explanation?: never });

/** The answers to all refusals of a room: a forgotten one does not compile. API and pages read the same table. */
export type RefusalTable<R extends Refusal> = {
  readonly [Code in R['code']]: RefusalAnswer<Extract<R, { readonly code: Code }>>;
};

/** The status, the sentence and the field of a refusal, for a page. */
export interface ExplainedRefusal {
  readonly status: number;
  readonly sentence: string;
  readonly field: string | null;
}

/** Sets the headers of a retry, and returns the rest of the answer for a page. */
export function explainRefusal<R extends Refusal>(
  request: Request,
  reply: Reply,
  table: RefusalTable<R>,
  refusal: R,
): ExplainedRefusal {
  const { status, sentence, field, retry } = answerOf(table, refusal);
  const wait = retry?.(refusal);
  if (wait) setRetryAfter(reply, wait.seconds, wait.limit);
  return { status, sentence: told(sentence[languageOf(request)], refusal), field: field && told(field, refusal) };
}

/** Sends a refusal to a client of the API; `form` builds the members that the contract has beside RFC 9457. */
export function sendRefusal<R extends Refusal>(
  request: Request,
  reply: Reply,
  table: RefusalTable<R>,
  refusal: R,
  form?: (sentence: string) => Problem['contractFields'],
): Reply {
  const { sentence: detail, field } = explainRefusal(request, reply, table, refusal);
  const kind = answerOf(table, refusal);
  if (!isProblemKind(kind)) return sendHttpProblem(request, reply, fieldError(field ?? 'non_field_errors', detail));
  const members = form?.(detail);
  const facts = kind.facts?.(refusal);
  const { code } = refusal;
  return sendProblem(request, reply, {
    code,
    kind,
    detail,
    ...(members && { contractFields: members }),
    ...(facts && { extensions: facts }),
  });
}

/** The problem types of a table, each of which has a page. */
export function problemKinds(table: Readonly<Record<string, { readonly status: number } | ProblemKind>>): ProblemKinds {
  const entries = Object.entries(table);
  return Object.fromEntries(entries.flatMap(([code, answer]) => (isProblemKind(answer) ? [[code, answer]] : [])));
}

/** An answer, whatever the refusal. */
interface AnyAnswer<R> extends Partial<ProblemKind> {
  readonly status: number;
  readonly sentence: InEachLanguage<string | ((refusal: R) => string)>;
  readonly field: string | ((refusal: R) => string) | null;
  readonly retry: ((refusal: R) => Retry) | null;
  readonly facts?: (refusal: R) => Problem['extensions'];
}

function answerOf<R extends Refusal>(table: RefusalTable<R>, { code }: R): AnyAnswer<R> {
  const answers: Readonly<Record<string, unknown>> = table;
  // the answer under a code is for the refusal with this code, which TypeScript cannot express for a union
  return answers[code] as AnyAnswer<R>;
}

function isProblemKind<T extends object>(answer: T): answer is T & ProblemKind {
  return 'title' in answer;
}

function told<R>(text: string | ((refusal: R) => string), refusal: R): string {
  return typeof text === 'string' ? text : text(refusal);
}
