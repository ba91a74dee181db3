import type { Database, Fragment } from '../db/database.ts';
import { keyedHash } from '../db/keyed-hash.ts';
import { derive, hmac, type SecretKeys } from '../kit/secret.ts';
import { type Bucket, networkBuckets } from '../limits/rate-limit.ts';
import { inviteCodeAttempts, redeemAttempts } from '../limits/rules.ts';
import type { KeyedBucket } from '../limits/store.ts';

/**
 * The buckets that an unknown invite code counts against, by a link, by redeeming or at sign-up: those of the client's
 * networks.
 */
export function networkAttempts(clientIp: string): readonly Bucket[] {
  return networkBuckets('invite_code', clientIp, inviteCodeAttempts);
}

/**
 * The same with the bucket of a number, under a keyed hash that outlives the account: erasing it and coming back brings
 * no new tries. `phoneNumber` is an expression.
 */
export function numberAttempts(
  db: Database,
  keys: SecretKeys,
  { phoneNumber, clientIp }: { phoneNumber: Fragment; clientIp: string },
): readonly KeyedBucket[] {
  const { sql } = db;
  const hash = keyedHash(db, derive(keys.current.key, 'invite tries'), sql`convert_to(${phoneNumber}, 'UTF8')`);
  return [{ key: sql`'redeem:' || encode(${hash}, 'hex')`, limit: redeemAttempts }, ...networkAttempts(clientIp)];
}

/**
 * The bucket of a number's tries, under a keyed hash that outlives the account: erasing it and coming back brings no new
 * tries.
 */
export function numberBucket(keys: SecretKeys, phoneNumber: string): Bucket {
  const key = `redeem:${hmac(derive(keys.current.key, 'invite tries'), phoneNumber).toString('hex')}`;
  return { key, limit: redeemAttempts };
}
