import type { PhoneNumber } from '../kit/phone-number.ts';
import { derive, hmac, type SecretKey, type SecretKeys, sameBytes, truncate } from '../kit/secret.ts';
import { maxCodeLength } from '../limits/guess-risk.ts';
import { codesIn } from './challenge.ts';

/** The fields of a challenge that its code depends on. */
export interface CodedChallenge {
  readonly id: string;
  readonly key_id: string;
  readonly code_length: number;
}

/**
 * The code of a challenge: HMAC-SHA-256 of its random id and the number under the key that it was opened with,
 * truncated as in RFC 4226. So it is never stored, and is the same for every request. Undefined if that key has been
 * withdrawn.
 */
export function codeFor(keys: SecretKeys, challenge: CodedChallenge, phoneNumber: string): string | undefined {
  const key = keys.byId(challenge.key_id);
  return key && codeOf({ id: challenge.key_id, key }, challenge.id, phoneNumber, challenge.code_length);
}

function codeOf({ key }: SecretKey, id: string, phoneNumber: string, length: number): string {
  return truncate(hmac(derive(key, 'code'), `${id} ${phoneNumber}`), length);
}

/**
 * The proof of a code for a number: HMAC-SHA-256 under a key of its own. A challenge is stored with it, and whoever has
 * the database alone can neither compute it for a guess nor tell the code from it. The time of comparing it tells nothing,
 * since nobody without the key can choose its bytes.
 */
function proofOf({ key }: SecretKey, phoneNumber: PhoneNumber, code: string): Buffer {
  return hmac(derive(key, 'proof of a code'), `${phoneNumber} ${code}`);
}

/** The code of a test number is that of the settings, whichever challenge it opens. */
const testCode = 'of the settings';

/** The proofs that a new challenge may get: that of its code in the usual length, and that in the greatest. */
export function proofsOfNew(
  { keys, testNumbers }: ProofNeeds,
  { id, phoneNumber, codeLength }: { id: string; phoneNumber: PhoneNumber; codeLength: number },
): Buffer[] {
  return [codeLength, maxCodeLength].map((length) =>
    proofOf(
      keys.current,
      phoneNumber,
      testNumbers.has(phoneNumber) ? testCode : codeOf(keys.current, id, phoneNumber, length),
    ),
  );
}

/** The proofs that a right guess would have: under each key, for a code of each length that it can be read as. */
export function proofsOfGuess(
  { keys, testNumbers }: ProofNeeds,
  phoneNumber: PhoneNumber,
  guess: string | number,
): Buffer[] {
  const codes = codesIn(guess);
  const ofSettings = testNumbers.get(phoneNumber);
  const read = ofSettings === undefined ? codes : codes.filter((code) => isCode(code, ofSettings)).map(() => testCode);
  return keys.all.flatMap((key) => read.map((code) => proofOf(key, phoneNumber, code)));
}

/** The dependencies of proofs: the keys, and the test numbers with their codes. */
export interface ProofNeeds {
  readonly keys: SecretKeys;
  readonly testNumbers: ReadonlyMap<string, string>;
}

/** Compares a guess with a code in constant time. */
function isCode(guess: string, code: string): boolean {
  return sameBytes(Buffer.from(guess), Buffer.from(code));
}
