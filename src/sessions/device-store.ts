import type { Database, Fragment } from '../db/database.ts';
import { type DeletedBatch, deleteBatch } from '../db/delete-batch.ts';
import { type DeviceToken, trustSeconds } from './trusted-device.ts';

/** An expression: whether one of the tokens belongs to a device that the account of a number trusts. */
export function isTrustedDevice(db: Database, phoneNumber: string, tokens: readonly DeviceToken[]): Fragment {
  return db.sql`exists (select from account a join trusted_device d on d.account_id = a.id
    where a.phone_number = ${phoneNumber} and d.secret_hash = any(${hashes(db, tokens)}) and ${isTrustedSql(db)})`;
}

/**
 * A common table expression: the account of the one row of `person (id)` trusts the device, which is `device
 * (secret_hash)`: the known one of a presented token, or else a new one.
 */
export function trustDevice(db: Database, presented: readonly DeviceToken[], newToken: DeviceToken): Fragment {
  const { sql, now } = db;
  return sql`device as (
    insert into trusted_device (account_id, secret_hash, last_used_at)
    select person.id, coalesce((select d.secret_hash from trusted_device d
      where d.account_id = person.id and d.secret_hash = any(${hashes(db, presented)}) and ${isTrustedSql(db)} limit 1),
      ${newToken.secretHash}), ${now()} from person
    on conflict (account_id, secret_hash) do update set last_used_at = excluded.last_used_at
    returning secret_hash)`;
}

/**
 * A common table expression: ends the trust of the devices of `ended (id, trusted_device)`; if all other sessions end,
 * that of every device but the one of `live`. Signing out leaves the device trusted, so that its owner gets in again.
 */
export function endTrust({ sql }: Database, which: 'this' | 'others' | 'one'): Fragment {
  const chosen = {
    this: sql`false`,
    others: sql`true`,
    one: sql`d.secret_hash in (select trusted_device from ended)`,
  }[which];
  return sql`distrusted as (delete from trusted_device d using live join session own using (account_id, secret_hash)
    where d.account_id = live.account_id and ${chosen} and d.secret_hash is distinct from own.trusted_device)`;
}

/** Deletes a batch of the devices without a sign-in for a year, from those last used at the time `from` on. */
export function deleteOldDevices(db: Database, from: Date): Promise<DeletedBatch> {
  const { sql } = db;
  const over = sql`select ctid from trusted_device where last_used_at >= ${from}
    and last_used_at < ${db.now()} - ${trustSeconds}::float8 * interval '1 second' order by last_used_at`;
  return deleteBatch(
    db,
    (some) => sql`delete from trusted_device where ctid = any(${some(over)}) returning last_used_at as ended_at`,
  );
}

function isTrustedSql({ sql, now }: Database): Fragment {
  return sql`d.last_used_at > ${now()} - ${trustSeconds}::float8 * interval '1 second'`;
}

function hashes({ sql }: Database, tokens: readonly DeviceToken[]): Fragment {
  const list = tokens.map(({ secretHash }) => `\\x${secretHash.toString('hex')}`).join();
  return sql`string_to_array(${list}, ',')::bytea[]`;
}
