import type { ActArguments, RecordedAct } from '../audit/act.ts';
import type { FileClient } from '../config/clients-file.ts';
import { type DescribedClient, isClientProblem, type OidcClient, parseOidcClient } from '../config/oidc-client.ts';
import { type Database, Json } from '../db/database.ts';
import { onlyRow } from '../kit/present.ts';

interface FoundClient {
  readonly metadata: unknown;
  readonly secret_hash: string | null;
  readonly previous_hash: string | null;
}

/** The registered client of an id; undefined if there is none, or if its description is of another version. */
export async function findClientRow(db: Database, id: string): Promise<FileClient | undefined> {
  const rows = await db.call<{ oidc_client_of: FoundClient | null }>('oidc_client_of', { id });
  const found = onlyRow(rows).oidc_client_of;
  const client = found && parseOidcClient(found.metadata);
  if (!client || isClientProblem(client)) return undefined;
  return { client, secretHashes: [found.secret_hash, found.previous_hash].filter((one) => one !== null) };
}

/** The bytes of the logo of a registered client; undefined if there is none. */
export async function findLogo(db: Database, id: string): Promise<Buffer | undefined> {
  const rows = await db.call<{ oidc_client_logo: Buffer | null }>('oidc_client_logo', { id });
  return onlyRow(rows).oidc_client_logo ?? undefined;
}

/** A client in a list. That of a configuration has no time and no author. */
export interface ListedClient {
  readonly id: string;
  readonly metadata: OidcClient;
  readonly created_at: Date | null;
  readonly created_by: string | null;
  /** Until when the previous secret is valid, too. */
  readonly previous_until: Date | null;
}

/** All registered clients, by their ids. */
export function listClientRows({ sql, now, run }: Database, max: number): Promise<ListedClient[]> {
  return run(
    () => sql<ListedClient[]>`select id, metadata, created_at, created_by,
        case when previous_until > ${now()} then previous_until end as previous_until
      from oidc_client order by id limit ${max}`,
  );
}

/** Inserts a client; undefined if there is one with its id. */
export async function insertClient(
  db: Database,
  { client, logo }: DescribedClient,
  secretHash: Buffer | undefined,
  actor: ActArguments,
): Promise<RecordedAct | undefined> {
  const input = { id: client.client_id, metadata: new Json(client), logo, secret_hash: secretHash, ...actor };
  return onlyRow(await db.call<{ recorded: RecordedAct | null }>('add_oidc_client', input)).recorded ?? undefined;
}

/** Replaces the secret of a client; undefined if there is no client with a secret. */
export async function replaceClientSecret(
  db: Database,
  id: string,
  secretHash: Buffer,
  overlapSeconds: number,
  actor: ActArguments,
): Promise<RecordedAct | undefined> {
  const input = { id, secret_hash: secretHash, overlap_seconds: overlapSeconds, ...actor };
  return onlyRow(await db.call<{ recorded: RecordedAct | null }>('rotate_oidc_client', input)).recorded ?? undefined;
}

/** Deletes a client; undefined if there is none. */
export async function deleteClient(db: Database, id: string, actor: ActArguments): Promise<RecordedAct | undefined> {
  const rows = await db.call<{ recorded: RecordedAct | null }>('remove_oidc_client', { id, ...actor });
  return onlyRow(rows).recorded ?? undefined;
}

/** A signing key as the database has it. */
export interface SigningKeyRow {
  readonly id: string;
  readonly sealed: Buffer;
  readonly signs_from: Date;
  readonly created_at: Date;
  readonly signs: boolean;
}

/** All signing keys, oldest first. */
export function listSigningKeys({ sql, now, run }: Database): Promise<SigningKeyRow[]> {
  return run(
    () => sql<SigningKeyRow[]>`select id, sealed, signs_from, created_at, signs_from <= ${now()} as signs
      from signing_key order by signs_from, id`,
  );
}

/** Inserts a signing key, which signs after a wait; false if there is one with this id. */
export async function insertSigningKey(
  db: Database,
  id: string,
  sealed: Buffer,
  publicKey: object,
  waitSeconds: number,
): Promise<boolean> {
  const input = { id, sealed, public_key: new Json(publicKey), wait_seconds: waitSeconds };
  return onlyRow(await db.call<{ insert_signing_key: boolean }>('insert_signing_key', input)).insert_signing_key;
}

/** Seals a signing key anew. */
export async function resealSigningKey(db: Database, id: string, sealed: Buffer): Promise<void> {
  await db.call('reseal_signing_key', { id, sealed });
}

/** Deletes a signing key. */
export async function deleteSigningKey(db: Database, id: string): Promise<void> {
  await db.call('delete_signing_key', { id });
}
