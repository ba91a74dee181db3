import { randomBytes, randomInt, randomUUID } from 'node:crypto';

/** Unpredictable values, from the operating system's generator (NIST SP 800-90A class). */
export const random = {
  /** So many unpredictable bytes. */
  bytes: (count: number): Buffer => randomBytes(count),
  /** A random UUID of version 4 (RFC 9562). */
  id: (): string => randomUUID(),
  /** One member of the alphabet, each as likely as the others. */
  letter: (alphabet: string): string => alphabet.charAt(randomInt(alphabet.length)),
};
