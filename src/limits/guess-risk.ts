/** Guesses for one challenge with its token, and as many by its client network without the token. */
export const maxGuesses = 5;
/** Both together. */
export const maxGuessesInAll = 9;
/** Guesses at codes of the usual length that strangers have for a number in a day. */
export const maxShortGuesses = 19;
/** The digits of a code after that, and of every stranger's code during a spray. */
export const maxCodeLength = 8;
/** A day with this many times `SPRAY_LIMIT` wrong guesses has no more codes for strangers. */
export const maxSprays = 100;

/** The accepted risk of a day: expected take-overs of one chosen number, and of any numbers together. */
export const acceptedRisk = { ofNumber: 2e-5, ofAny: 0.02 } as const;

/**
 * The expected take-overs of a day by guessing (NIST SP 800-63B-4, 3.2.2), whatever the number of client networks: for a
 * chosen number, by all guesses that its `messages` a day allow, and for any numbers, by the wrong guesses that all
 * strangers have together. Codes are uniform, so that a guess at a code of n digits is right with probability 10^-n.
 */
export function guessRisk(
  codeLength: number,
  sprayLimit: number,
  messages: number,
): { ofNumber: number; ofAny: number } {
  const ofGuesses = (short: number, long: number) => short / 10 ** codeLength + long / 10 ** maxCodeLength;
  return {
    ofNumber: ofGuesses(maxShortGuesses, messages * maxGuessesInAll - maxShortGuesses),
    ofAny: ofGuesses(sprayLimit, (maxSprays - 1) * sprayLimit),
  };
}
