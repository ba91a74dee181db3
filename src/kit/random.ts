import { randomBytes, randomInt, randomUUID } from 'node:crypto';

/** Unpredictable values, from the operating system's generator (NIST SP 800-90A class). */
export const random = {
  /** Returns `count` unpredictable bytes. */
  bytes: (count: number): Buffer => randomBytes(count),
  /** A random UUID of version 4 (RFC 9562). */
  id: (): string => randomUUID(),
  /** A random letter of the alphabet, all equally likely. */
  letter: (alphabet: string): string => alphabet.charAt(randomInt(alphabet.length)),
};
