import { hmacBlocks } from '../db/keyed-hash.ts';
import { derive, hmac, type SecretKeys } from '../kit/secret.ts';
import { type Bucket, networkBuckets } from '../limits/rate-limit.ts';
import { inviteCodeAttempts, redeemAttempts } from '../limits/rules.ts';

/**
 * The buckets that an unknown invite code counts against, by a link, by redeeming or at sign-up: those of the client's
 * networks.
 */
export function networkAttempts(clientIp: string): readonly Bucket[] {
  return networkBuckets('invite_code', clientIp, inviteCodeAttempts);
}

/**
 * The bucket of a number's tries, under a keyed hash that outlives the account: erasing it and coming back brings no new
 * tries.
 */
export function numberBucket(keys: SecretKeys, phoneNumber: string): Bucket {
  const key = `redeem:${hmac(derive(keys.current.key, purpose), phoneNumber).toString('hex')}`;
  return { key, limit: redeemAttempts };
}

/** The blocks of the key of that hash, for a function that reads the number itself. */
export function numberKey(keys: SecretKeys): Buffer {
  return hmacBlocks(derive(keys.current.key, purpose));
}

const purpose = 'invite tries';
