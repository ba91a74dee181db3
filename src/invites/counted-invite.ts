import type { Database, Fragment } from '../db/database.ts';
import { type DeletedBatch, deleteBatch } from '../db/delete-batch.ts';
import { hmacBlocks, keyedHash } from '../db/keyed-hash.ts';
import { derive, type SecretKeys } from '../kit/secret.ts';

/** Days for which an inviter gains only once by a number: as long as a device stays trusted. */
const keepDays = 365;

/**
 * A common table expression: before the account of the one row of `live (account_id)` is erased, keeps a keyed hash of
 * its number and its inviter, so that the number counts once. The hash names neither.
 */
export function keepCountedInvite(db: Database, keys: SecretKeys): Fragment {
  const { sql, now } = db;
  return sql`remembered as (
    insert into counted_invite (pair_hash, erased_at)
    select ${pairHash(db, keys.current.key, sql`a.phone_number`, sql`i.inviter_id`)}, ${now()}
    from live join account a on a.id = live.account_id join invite i on i.account_id = a.id where i.inviter_id is not null
    on conflict (pair_hash) do update set erased_at = excluded.erased_at)`;
}

/**
 * An expression: the increment of `invited_count` by a number that redeems an inviter's code: 0 if it has done so
 * before.
 */
export function countIncrement(db: Database, keys: SecretKeys, phoneNumber: Fragment, inviterId: Fragment): Fragment {
  const { sql, now } = db;
  const hashes = keys.all
    .map(({ key }) => pairHash(db, key, phoneNumber, inviterId))
    .reduce((before, next) => sql`${before}, ${next}`);
  return sql`case when exists (select from counted_invite c where c.pair_hash in (${hashes})
    and c.erased_at > ${now()} - ${keepDays}::float8 * interval '1 day') then 0 else 1 end`;
}

/** The blocks of the keys under which a pair may have been kept, the current one first, for `vouch.pair_hash`. */
export function pairKeys(keys: SecretKeys): Buffer[] {
  return keys.all.map(({ key }) => hmacBlocks(derive(key, 'counted invite')));
}

function pairHash(
  db: Database,
  key: SecretKeys['current']['key'],
  phoneNumber: Fragment,
  inviterId: Fragment,
): Fragment {
  const pair = db.sql`uuid_send(${inviterId}) || convert_to(${phoneNumber}, 'UTF8')`;
  return keyedHash(db, derive(key, 'counted invite'), pair);
}

/** Deletes a batch of the expired pairs, from those erased at the time `from` on. */
export function deleteExpiredCounted(db: Database, from: Date): Promise<DeletedBatch> {
  const { sql, now } = db;
  const over = sql`select ctid from counted_invite where erased_at >= ${from}
    and erased_at < ${now()} - ${keepDays}::float8 * interval '1 day' order by erased_at`;
  return deleteBatch(
    db,
    (some) => sql`delete from counted_invite where ctid = any(${some(over)}) returning erased_at as ended_at`,
  );
}
