import type { PhoneNumber } from '../kit/phone-number.ts';
import type { SecretKeys } from '../kit/secret.ts';
import { derivedChallengeTokens, hashChallengeToken } from '../sign-in/challenge-token.ts';

/** A challenge token with the hash under which its challenge is stored. */
export interface AskerToken {
  readonly token: string;
  readonly hash: Buffer;
}

/**
 * The challenge tokens of an API key for a number, one for each secret key, the current one first. So an API key has one
 * open code for a number, which a repeated request sends again, and no other asker can use that code.
 */
export function askersOf(keys: SecretKeys, apiKeyId: string, phoneNumber: PhoneNumber): readonly AskerToken[] {
  return derivedChallengeTokens(keys, 'an API key', `${apiKeyId} ${phoneNumber}`).map((token) => ({
    token,
    hash: hashChallengeToken(token),
  }));
}
