import { generateKeyPair, type JsonWebKey } from 'node:crypto';
import { promisify } from 'node:util';
import type { JWK } from 'oidc-provider';
import type { Database } from '../db/database.ts';
import type { Log } from '../kit/log.ts';
import { recordOf } from '../kit/record.ts';
import { isCurrent, openForInstance, sealForInstance } from '../kit/seal.ts';
import type { SecretKeys } from '../kit/secret.ts';
import {
  deleteSigningKey,
  insertSigningKey,
  listSigningKeys,
  resealSigningKey,
  type SigningKeyRow,
} from './client-store.ts';

/** The algorithms of our signatures. RS256 is that of web clients by default: older libraries refuse any other. */
export const signingAlgorithms = ['RS256', 'ES256'] as const;
type Algorithm = (typeof signingAlgorithms)[number];

/** The dependencies of the signing keys. */
export interface KeyNeeds {
  readonly db: Database;
  readonly keys: SecretKeys;
  readonly log: Log;
}

/** The time for which a new key is published before it signs: processes and clients have it by then. */
const publishSeconds = 600;

const purpose = 'signing key';

/** The signing keys in the order of their use, the signing one of each algorithm first; makes them at the first start. */
export async function loadSigningKeys(needs: KeyNeeds): Promise<readonly JWK[]> {
  let rows = await listSigningKeys(needs.db);
  const opened = new Map<string, JWK>();
  for (const row of rows) {
    const key = await openKey(needs, row);
    if (key) opened.set(row.id, key);
    else needs.log.warn({ id: row.id }, 'signing key cannot be opened');
  }
  const missing = signingAlgorithms.filter((alg) => ![...opened.values()].some((key) => key.alg === alg));
  if (missing.length === 0) return inOrder(rows).flatMap(({ id }) => opened.get(id) ?? []);
  for (const alg of missing) await makeKey(needs, alg, nextNumber(rows, alg), 0);
  rows = await listSigningKeys(needs.db);
  const again = await Promise.all(inOrder(rows).map((row) => openKey(needs, row)));
  return again.filter((key) => key !== undefined);
}

/**
 * Makes new keys. By default they are published first and sign in ten minutes, and the present ones stay published, so that
 * every token stays valid. With `isLeak` they sign at once, and the present keys are deleted: their tokens are not valid any more.
 */
export async function rotateSigningKeys(needs: KeyNeeds, isLeak: boolean): Promise<readonly string[]> {
  const rows = await listSigningKeys(needs.db);
  const made: string[] = [];
  for (const alg of signingAlgorithms) {
    const number = nextNumber(rows, alg);
    await makeKey(needs, alg, number, isLeak ? 0 : publishSeconds);
    made.push(keyId(alg, number));
  }
  const superseded = isLeak ? rows : rows.filter((row) => rows.some((other) => replaces(other, row)));
  for (const { id } of superseded) await deleteSigningKey(needs.db, id);
  return made;
}

/** The signing keys newest first, and after them those that do not sign yet. */
function inOrder(rows: readonly SigningKeyRow[]): SigningKeyRow[] {
  const [signing, waiting] = [rows.filter(({ signs }) => signs), rows.filter(({ signs }) => !signs)];
  return [...signing.toReversed(), ...waiting];
}

/** Whether a key has signed instead of another one of its algorithm for a day: no token of the other is left by then. */
function replaces(newer: SigningKeyRow, older: SigningKeyRow): boolean {
  const isSame = algorithmOf(newer.id) === algorithmOf(older.id);
  return isSame && newer.signs_from > older.signs_from && newer.signs_from.getTime() < Date.now() - 86_400_000;
}

async function makeKey(needs: KeyNeeds, alg: Algorithm, number: number, waitSeconds: number): Promise<void> {
  const id = keyId(alg, number);
  const { privateKey, publicKey } = await generate(alg);
  await insertSigningKey(
    needs.db,
    id,
    sealForInstance(needs.keys, purpose, id, JSON.stringify(privateKey)),
    publicKey,
    waitSeconds,
  );
}

const generateKeys = promisify(generateKeyPair);

async function generate(alg: Algorithm): Promise<{ privateKey: JsonWebKey; publicKey: JsonWebKey }> {
  const { privateKey, publicKey } =
    alg === 'RS256'
      ? await generateKeys('rsa', { modulusLength: 2048 })
      : await generateKeys('ec', { namedCurve: 'P-256' });
  return { privateKey: privateKey.export({ format: 'jwk' }), publicKey: publicKey.export({ format: 'jwk' }) };
}

function keyId(alg: Algorithm, number: number): string {
  return `${alg}-${number}`;
}

function algorithmOf(id: string): string {
  return id.split('-')[0] ?? '';
}

function nextNumber(rows: readonly SigningKeyRow[], alg: Algorithm): number {
  const numbers = rows.filter(({ id }) => algorithmOf(id) === alg).map(({ id }) => Number(id.split('-')[1]));
  return Math.max(0, ...numbers) + 1;
}

/** Opens a key; one that an earlier key of the instance has sealed is sealed anew. */
async function openKey({ db, keys }: KeyNeeds, { id, sealed }: SigningKeyRow): Promise<JWK | undefined> {
  const text = openForInstance(keys, purpose, id, sealed);
  if (text === undefined) return undefined;
  if (!isCurrent(keys, sealed)) await resealSigningKey(db, id, sealForInstance(keys, purpose, id, text));
  return { ...recordOf(JSON.parse(text)), kid: id, alg: algorithmOf(id), use: 'sig' };
}
