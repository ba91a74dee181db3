import type { ErrorSubject, SendError, Sent } from './provider.ts';

/** An error of a sending. */
export type Failed = Sent & { readonly ok: false };

/** What an error code of a provider means: what comes next, and whom it concerns. */
export type ErrorClass = readonly [error: SendError, about: ErrorSubject];

/** A code that no table has: the next provider is tried, and as anybody may have caused it, no circuit breaker moves. */
export const unsorted: ErrorClass = ['refused', 'number'];

const usual: Readonly<Record<SendError, ErrorSubject>> = {
  rejected: 'number',
  refused: 'account',
  throttled: 'account',
  unavailable: 'provider',
  unknown: 'provider',
};

/** An error by its class. */
export function failedAs([error, about]: ErrorClass, why: string): Failed {
  return { ok: false, error, about, why };
}

/** Whom an error concerns; where the provider's file does not say, by what comes next. */
export function subjectOf({ error, about }: Failed): ErrorSubject {
  return about ?? usual[error];
}
