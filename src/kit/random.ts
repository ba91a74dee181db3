import { randomBytes, randomInt, randomUUID } from 'node:crypto';

/** Unpredictable values, from the operating system's generator (NIST SP 800-90A class). */
export const random = {
  /** Returns `count` unpredictable bytes. */
  bytes: (count: number): Buffer => randomBytes(count),
  /** A random UUID of version 4 (RFC 9562). */
  id: (): string => randomUUID(),
  /** Random letters of the alphabet, all words of the length equally likely; at most 2^48 of them. */
  word(alphabet: string, length: number): string {
    let number = randomInt(alphabet.length ** length);
    let word = '';
    for (let place = 0; place < length; place += 1) {
      word += alphabet.charAt(number % alphabet.length);
      number = Math.floor(number / alphabet.length);
    }
    return word;
  },
};
