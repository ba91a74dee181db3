import type { Database } from '../db/database.ts';
import { sameBytes } from '../kit/secret.ts';
import { isInNetwork, parseNetwork } from '../limits/ip-network.ts';
import { type RateLimit, retryAfter } from '../limits/rate-limit.ts';
import type { Actor } from '../operators/actor.ts';
import { parseKey } from './key.ts';
import { admitRequest, findKey, type KeyRow } from './store.ts';

/** The actor of an API key. */
export type KeyActor = Extract<Actor, { kind: 'key' }>;

/** The refusal of a request by its key. */
export type KeyActorRefusal =
  /** The key is missing, unknown, expired or revoked: a client is not told which. */
  | { readonly ok: false; readonly code: 'api_key_needed' }
  | { readonly ok: false; readonly code: 'network_not_allowed'; readonly keyId: string }
  | {
      readonly ok: false;
      readonly code: 'too_many_key_requests';
      readonly retryInSeconds: number;
      readonly limit: RateLimit;
    };

/** The name of the rate limit of keys. */
export const keyLimitName = 'api_key';

/**
 * Finds the actor of a request by its key. Nothing is remembered between requests, so that a key which any process
 * revokes is refused by all from then on.
 */
export async function findKeyActor(
  db: Database,
  text: string | undefined,
  clientIp: string,
): Promise<{ readonly ok: true; readonly actor: KeyActor } | KeyActorRefusal> {
  const credential = text === undefined ? undefined : parseKey(text);
  if (!credential) return { ok: false, code: 'api_key_needed' };
  const { id, secretHash } = credential;
  const row = await findKey(db, id);
  if (!row || !isValid(row, secretHash)) return { ok: false, code: 'api_key_needed' };
  if (!isFromNetwork(row.networks, clientIp)) return { ok: false, code: 'network_not_allowed', keyId: id };
  const wait = await admitRequest(db, id, row.requests_per_minute);
  if (wait !== null) {
    const limit = { name: keyLimitName, quota: row.requests_per_minute, windowSeconds: 60 };
    return { ok: false, code: 'too_many_key_requests', retryInSeconds: retryAfter(wait), limit };
  }
  return { ok: true, actor: { kind: 'key', id, scopes: row.scopes, clientIp } };
}

/** Compares with both secrets, so that the time tells neither of them nor which one it was. */
function isValid(row: KeyRow, secretHash: Buffer): boolean {
  const isPresent = sameBytes(secretHash, row.secret_hash);
  const isPrevious = sameBytes(secretHash, row.previous_hash);
  return (isPresent && row.is_live) || (isPrevious && row.is_previous_live);
}

function isFromNetwork(networks: readonly string[], clientIp: string): boolean {
  if (networks.length === 0) return true;
  return networks.some((text) => {
    const parsed = parseNetwork(text);
    return parsed.ok && isInNetwork(parsed.network, clientIp);
  });
}
