import type { ActArguments, RecordedAct } from '../audit/act.ts';
import type { Database } from '../db/database.ts';
import { onlyRow } from '../kit/present.ts';
import type { Scope } from '../operators/act.ts';
import type { CheckedKeyInput } from './api-key.ts';

/** The secrets and the rights of a key, as its check needs them. */
export interface KeyRow {
  readonly secret_hash: Uint8Array;
  readonly is_live: boolean;
  /** Empty if no secret was replaced. */
  readonly previous_hash: Uint8Array;
  readonly is_previous_live: boolean;
  readonly scopes: readonly Scope[];
  readonly networks: readonly string[];
  readonly requests_per_minute: number;
}

/** The row of a key; undefined if there is none with this id. */
export async function findKey(db: Database, id: string): Promise<KeyRow | undefined> {
  const [row] = await db.call<KeyRow>('find_api_key', { id });
  return row;
}

/** Counts a request against the limit of a key, and notes its use; the seconds to wait, or null. */
export async function admitRequest(db: Database, id: string, requestsPerMinute: number): Promise<number | null> {
  const rows = await db.call<{ admit_api_key: number | null }>('admit_api_key', {
    id,
    bucket: `api_key:${id}`,
    quota: requestsPerMinute,
  });
  return onlyRow(rows).admit_api_key;
}

/** A key as an operator sees it: never its secret. */
export interface ListedKey {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly networks: readonly string[];
  readonly requests_per_minute: number;
  readonly created_at: Date;
  readonly created_by: string;
  readonly expires_at: Date;
  readonly last_used_at: Date | null;
  readonly previous_until: Date | null;
  readonly revoked_at: Date | null;
  /** Whether it is neither expired nor revoked. */
  readonly is_live: boolean;
}

/** All keys, newest first; revoked and expired ones stay, since the audit trail names them. */
export function listKeyRows({ sql, now, run }: Database, max: number): Promise<ListedKey[]> {
  return run(
    () => sql<
      ListedKey[]
    >`select id, name, to_json(scopes) as scopes, to_json(networks) as networks, requests_per_minute, created_at,
        created_by, expires_at,
        last_used_at, case when previous_until > ${now()} then previous_until end as previous_until, revoked_at,
        revoked_at is null and expires_at > ${now()} as is_live
      from api_key order by created_at desc, id desc limit ${max}`,
  );
}

/** A key that was made, with the act in the audit trail. */
export interface AddedKey {
  readonly expires_at: Date;
  readonly recorded: RecordedAct;
}

/** Inserts a key. */
export async function insertKey(
  db: Database,
  id: string,
  secretHash: Buffer,
  input: CheckedKeyInput,
  actor: ActArguments,
): Promise<AddedKey> {
  const rows = await db.call<AddedKey>('add_api_key', {
    id,
    name: input.name,
    secret_hash: secretHash,
    scopes: input.scopes,
    networks: input.networks,
    requests_per_minute: input.requestsPerMinute,
    lifetime_days: input.lifetimeDays,
    ...actor,
  });
  return onlyRow(rows);
}

/** The outcome of a change of a key: the act if it was done, or why not. */
export type KeyChange<Done extends string> =
  | { readonly outcome: Done; readonly name: string; readonly recorded: RecordedAct }
  | { readonly outcome: 'key_unknown' | 'key_revoked' };

/** Replaces the secret of a key. */
export async function replaceSecret(
  db: Database,
  id: string,
  secretHash: Buffer,
  overlapSeconds: number,
  actor: ActArguments,
): Promise<
  | (KeyChange<'rotated'> & { readonly previous_until: Date; readonly expires_at: Date })
  | { readonly outcome: 'key_overlaps'; readonly previous_until: Date }
> {
  const input = { id, secret_hash: secretHash, overlap_seconds: overlapSeconds, ...actor };
  return onlyRow(await db.call('rotate_api_key', input));
}

/** Ends a key. */
export async function endKey(db: Database, id: string, actor: ActArguments): Promise<KeyChange<'revoked'>> {
  return onlyRow(await db.call('revoke_api_key', { id, ...actor }));
}
