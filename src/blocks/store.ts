import type { ActArguments, RecordedAct } from '../audit/act.ts';
import type { Database, Fragment } from '../db/database.ts';
import { type DeletedBatch, deleteByKey } from '../db/delete-by-key.ts';
import type { PageCursor } from '../kit/page-cursor.ts';
import type { PhoneNumber } from '../kit/phone-number.ts';
import { onlyRow } from '../kit/present.ts';
import { random } from '../kit/random.ts';
import { type BlockKind, type BlockTarget, blockKey } from './block.ts';

/** A block as a list has it. */
export interface BlockRow extends PageCursor {
  readonly kind: BlockKind;
  readonly value: string;
  /** The value of a block of a number; null for every other kind, and where it is masked. */
  readonly phone_number: PhoneNumber | null;
  readonly reason: string;
  /** The kind of the actor and their id, as `operator:<account>`. */
  readonly created_by: string;
  readonly created_at: Date;
  /** Null for a block without an end. */
  readonly ends_at: Date | null;
  /** Requests that it refused; a lower bound under a flood. */
  readonly refused_count: number;
  readonly last_refused_at: Date | null;
}

/** The result of a block: whether there was none, and the sessions that it ended. */
export interface AddedBlock {
  readonly is_new: boolean;
  readonly account_id: string | null;
  readonly ended: number;
  readonly on_standbys: boolean;
  readonly act: RecordedAct;
}

/** The sessions that ended after the block; the act is null if there were none. */
interface EndedSessions extends Pick<AddedBlock, 'ended' | 'on_standbys'> {
  readonly act: RecordedAct | null;
}

/** Writes a block; see `vouch.add_block`. With a number its sessions end. */
export async function insertBlock(
  db: Database,
  target: BlockTarget,
  input: { phoneNumber: PhoneNumber | undefined; endsAt: Date | undefined; auditTarget: string; actor: ActArguments },
): Promise<AddedBlock> {
  const rows = await db.call<AddedBlock>('add_block', {
    key: blockKey(target),
    value: target.value,
    id: random.orderedId(),
    kind: target.kind,
    phone_number: input.phoneNumber,
    ends_at: input.endsAt,
    ...input.actor,
    target: input.auditTarget,
  });
  return onlyRow(rows);
}

/** Ends what a sign-in opened at the moment of a block of its number; see `vouch.end_sessions_of_number`. */
export async function endSessionsOfNumber(
  db: Database,
  phoneNumber: PhoneNumber,
  { actor, auditTarget }: { actor: ActArguments; auditTarget: string },
): Promise<EndedSessions> {
  const rows = await db.call<EndedSessions>('end_sessions_of_number', {
    phone_number: phoneNumber,
    ...actor,
    target: auditTarget,
  });
  return onlyRow(rows);
}

/** Takes a block away; see `vouch.remove_block`. */
export async function deleteBlock(
  db: Database,
  target: BlockTarget,
  input: {
    phoneNumber: PhoneNumber | undefined;
    accountId: string | undefined;
    auditTarget: string;
    actor: ActArguments;
  },
): Promise<{ removed: boolean; act: RecordedAct | null }> {
  const rows = await db.call<{ removed: boolean; act: RecordedAct | null }>('remove_block', {
    key: blockKey(target),
    value: target.value,
    phone_number: input.phoneNumber,
    account_id: input.accountId,
    ...input.actor,
    target: input.auditTarget,
  });
  return onlyRow(rows);
}

/** A page of blocks, newest first, with those that have ended; one more than `limit`. */
export function findBlockRows(
  db: Database,
  { kind, after, limit }: { kind: BlockKind | undefined; after: PageCursor | 'first'; limit: number },
): Promise<BlockRow[]> {
  const { sql } = db;
  const before = after === 'first' ? sql`true` : sql`id < ${after.id}::uuid`;
  return db.run(
    () => sql<BlockRow[]>`select ${columns(db)} from block
      where (${kind ?? null}::text is null or kind = ${kind ?? null}) and ${before}
      order by id desc limit ${limit + 1}`,
  );
}

/** A block by its id; undefined if it was taken away. */
export async function findBlock(db: Database, id: string): Promise<BlockRow | undefined> {
  const { sql } = db;
  const rows = await db.run(() => sql<BlockRow[]>`select ${columns(db)} from block where id = ${id}::uuid`);
  return rows[0];
}

/** The blocks of some keys that concern a number, also those that have ended. */
export function findBlocksOf(db: Database, keys: readonly string[], phoneNumber: PhoneNumber): Promise<BlockRow[]> {
  const { sql } = db;
  return db.run(
    () => sql<BlockRow[]>`select ${columns(db)} from block
      where key in ${sql(keys)} and (kind <> 'prefix' or starts_with(${phoneNumber}, value)) order by id desc limit 50`,
  );
}

/** The number of an account; undefined if it is erased. */
export async function findNumber({ sql, run }: Database, accountId: string): Promise<PhoneNumber | undefined> {
  const rows = await run(
    () => sql<{ phone_number: PhoneNumber }[]>`select phone_number from account where id = ${accountId}::uuid`,
  );
  return rows[0]?.phone_number;
}

/** The account of a number; undefined if it has none. */
export async function findAccountId({ sql, run }: Database, phoneNumber: string): Promise<string | undefined> {
  const rows = await run(
    () => sql<{ id: string }[]>`select account_id as id from number_account where phone_number = ${phoneNumber}`,
  );
  return rows[0]?.id;
}

function columns({ sql }: Database): Fragment {
  return sql`id, kind, value, case when kind = 'number' then value end as phone_number, reason, created_by, created_at, ends_at, refused_count::float8 as refused_count,
    last_refused_at, (extract(epoch from created_at) * 1000000)::bigint::text as micros`;
}

/** An ended block is kept for these days, so that its effect can be read. */
export const endedBlockDays = 90;

/** Deletes a batch of the blocks that ended long ago, from the end `from` on. */
export function deleteEndedBlocks(db: Database, from: Date): Promise<DeletedBatch> {
  return deleteByKey(db, 'delete_ended_blocks', { from, keep_days: endedBlockDays });
}
