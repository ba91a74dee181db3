import { blockArguments } from '../blocks/block.ts';
import { type BlockRow, findBlocksOf } from '../blocks/store.ts';
import type { Database, Fragment } from '../db/database.ts';
import type { PhoneNumber } from '../kit/phone-number.ts';
import type { DeviceTrust } from '../sign-in/challenge.ts';
import type { DeliveryRow } from './message-store.ts';

/** The newest challenge of one asker of a number; the times of guesses newest first. */
export interface ChallengeRow {
  readonly device_trust: DeviceTrust;
  readonly expires_at: Date;
  /** The guesses with the token, and those of the client network without it. */
  readonly guesses: number;
  readonly network_guesses: number;
  readonly is_of_network: boolean;
  readonly used_at: Date | null;
  readonly guessed: number[];
}

/** The limits that the askers of a number share: the times of messages, newest first, and wrong guesses in a row. */
export interface NumberLimitRow {
  readonly device_trust: DeviceTrust;
  readonly sent: number[];
  readonly failures: number;
}

/** All messages to a number that are kept, oldest first; their ids have no bounds, and `number_limit` bounds their count. */
export function findDeliveries({ sql, run }: Database, phoneNumber: string): Promise<DeliveryRow[]> {
  return run(
    () => sql<DeliveryRow[]>`select * from delivery where phone_number = ${phoneNumber} order by requested_at, attempt`,
  );
}

/** The open or last challenges of a number; times in milliseconds since 1970. */
export function findChallenges({ sql, run }: Database, phoneNumber: string): Promise<ChallengeRow[]> {
  return run(
    () => sql<ChallengeRow[]>`select device_trust, expires_at, guesses, network_guesses, is_of_network, used_at,
        ${timesIn(sql, 'guessed_at')} as guessed
      from challenge where phone_number = ${phoneNumber} order by sent_at[1]`,
  );
}

/** The limits of a number; times in milliseconds since 1970. */
export function findNumberLimits({ sql, run }: Database, phoneNumber: string): Promise<NumberLimitRow[]> {
  return run(
    () => sql<NumberLimitRow[]>`select device_trust, ${timesIn(sql, 'sent_at')} as sent, failures
      from number_limit where phone_number = ${phoneNumber} order by device_trust desc`,
  );
}

function timesIn(sql: Database['sql'], column: string): Fragment {
  return sql`coalesce((select json_agg((extract(epoch from t) * 1000)::float8 order by t desc)
    from unnest(${sql(column)}) t), '[]'::json)`;
}

/** The refusals of a number by one rule: their count, and the first and last time. */
export interface RefusalRow {
  readonly rule: string;
  readonly times: number;
  readonly first_at: Date;
  readonly last_at: Date;
}

/** The refusals of a number, by rule and, for client IPs, by network. */
export function findRefusals({ sql, run }: Database, phoneNumber: string): Promise<RefusalRow[]> {
  return run(
    () => sql<RefusalRow[]>`select rule, times, first_at, last_at from refusal
      where phone_number = ${phoneNumber} order by first_at, bucket`,
  );
}

/** The account of a number, and its creation time; undefined if there is none. */
export async function findAccount({ sql, run }: Database, phoneNumber: string): Promise<AccountRow | undefined> {
  const [row] = await run(
    () => sql<AccountRow[]>`select a.id, a.created_at from number_account n join account a on a.id = n.account_id
      where n.phone_number = ${phoneNumber}`,
  );
  return row;
}

/** An account, as the timeline of a number starts with it. */
export interface AccountRow {
  readonly id: string;
  readonly created_at: Date;
}

/** The blocks that concern a number or its account, also those that have ended. */
export function findBlocksOfNumber(
  db: Database,
  phoneNumber: PhoneNumber,
  country: string,
  accountId: string | undefined,
): Promise<BlockRow[]> {
  const { block_keys: keys } = blockArguments('', phoneNumber, country);
  return findBlocksOf(db, accountId ? [...keys, `account:${accountId}`] : keys, phoneNumber);
}

/** A session of a person, as an operator sees it; the address is masked. */
export interface DeviceRow {
  readonly id: string;
  readonly device: string;
  readonly address: string;
  readonly created_at: Date;
  readonly last_used_at: Date;
  readonly expires_at: Date;
}

/** The sessions of an account that have not expired, most recently used first, at most a hundred. */
export function findDevices({ sql, run, now }: Database, accountId: string): Promise<DeviceRow[]> {
  return run(
    () => sql<DeviceRow[]>`select id, device, address, created_at, last_used_at, expires_at from session
      where account_id = ${accountId}::uuid and expires_at > ${now()} order by last_used_at desc limit 100`,
  );
}

/** A person who redeemed the code of another. */
export interface GuestRow {
  readonly account_id: string;
  readonly phone_number: PhoneNumber;
  readonly redeemed_at: Date;
}

/** The newest people who redeemed the code of an account. */
export function findGuests({ sql, run }: Database, accountId: string, max = 50): Promise<GuestRow[]> {
  return run(
    () => sql<GuestRow[]>`select account_id, phone_number, redeemed_at from guest
      where inviter_id = ${accountId}::uuid order by redeemed_at desc, account_id desc limit ${max}`,
  );
}
