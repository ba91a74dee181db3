/** The maximum of guesses for one challenge. */
export const maxGuesses = 5;

/** The maximum of guesses for all challenges of a number together. */
export const numberGuesses = { name: 'guess', quota: 20, windowSeconds: 86_400 } as const;

/**
 * Requests for one of `TEST_NUMBERS`, to which nothing is sent: all at once if need be, and without any other limit.
 */
export const testNumberSends = { name: 'test_number', quota: 100, windowSeconds: 3600 } as const;

/** Messages to one number: a growing pause (30, 60, then 120 s, by the messages of the last hour), and two windows. */
export const numberSends = {
  pauses: [30, 60, 120] as const,
  pause: { name: 'pause', quota: 1, windowSeconds: 30 },
  hour: { name: 'hour', quota: 5, windowSeconds: 3600 },
  day: { name: 'day', quota: 10, windowSeconds: 86_400 },
} as const;
