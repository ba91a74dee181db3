import { randomBytes, randomInt, randomUUID } from 'node:crypto';

/** Unpredictable values, from the operating system's generator (NIST SP 800-90A class). */
export const random = {
  /** Returns `count` unpredictable bytes. */
  bytes: (count: number): Buffer => randomBytes(count),
  /** A random UUID of version 4 (RFC 9562). */
  id: (): string => randomUUID(),
  /**
   * A UUID of version 7 (RFC 9562, 5.7): the milliseconds of this machine's clock, then 74 unpredictable bits. Rows of one
   * time then lie beside each other in the index of their ids. It tells when it was made, so it is no secret.
   */
  orderedId(): string {
    const time = Date.now().toString(16).padStart(12, '0');
    return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
  },
  /** A UUID of version 7 of the same time as another. */
  idAtTimeOf: (id: string): string => `${id.slice(0, 14)}7${randomUUID().slice(15)}`,
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
