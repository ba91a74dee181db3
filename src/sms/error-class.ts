import type { ErrorSubject, SendError, Sent } from './provider.ts';

/** A failed sending. */
export type Failed = Sent & { readonly ok: false };

/** The class of a provider's error code: its next step, and its subject. */
export type ErrorClass = readonly [error: SendError, about: ErrorSubject];

/**
 * The class of an unlisted code: the next provider is tried, and as anybody may have caused it, no circuit breaker
 * counts it.
 */
export const unlistedClass: ErrorClass = ['refused', 'number'];

const defaultSubjects: Readonly<Record<SendError, ErrorSubject>> = {
  rejected: 'number',
  refused: 'account',
  throttled: 'account',
  unavailable: 'provider',
  unknown: 'provider',
};

/** Builds an error of a class. */
export function errorFor([error, about]: ErrorClass, reason: string): Failed {
  return { ok: false, error, about, reason };
}

/** The subject of an error; without one in the provider's file, the default of its class. */
export function subjectOf({ error, about }: Failed): ErrorSubject {
  return about ?? defaultSubjects[error];
}
