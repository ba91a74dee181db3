import { createHash } from 'node:crypto';
import { derive, hmac, type SecretKeys, sameBytes } from '../kit/secret.ts';

/** A seal of the audit trail, as its row. */
export interface Seal {
  /** The first day of its month, `2026-11-01`. */
  readonly month: string;
  /** From 1 on, without gaps. */
  readonly number: number;
  /** The ids of its events, in their order. */
  readonly ids: readonly string[];
  /** The digests of its events, `digestBytes` each. */
  readonly digests: Buffer;
  readonly first_at: Date;
  readonly last_at: Date;
  readonly previous: Buffer;
  readonly hash: Buffer;
  readonly key_id: string;
  readonly mac: Buffer;
}

/** The newest seal of a month, as its row. */
export interface SealedMonth {
  readonly month: string;
  readonly seals: number;
  readonly hash: Buffer;
  readonly mac: Buffer;
}

/** The length of the digest of an event. */
export const digestBytes = 16;

/** The key of the keyed hashes of seals. */
export function sealKey(key: Parameters<typeof derive>[0]): Buffer {
  return derive(key, 'audit seal');
}

/** The hash before the first seal of a month. */
export function firstHash(month: string): Buffer {
  return createHash('sha256').update(month).digest();
}

/** The hash of a seal, as `vouch.seal_hash` has it. */
export function hashOf({ month, number, ids, digests, previous }: Omit<Seal, 'hash'>): Buffer {
  return createHash('sha256').update(previous).update(`${month} ${number} ${ids.join()}`).update(digests).digest();
}

/** A flaw of the audit trail, in words. */
export interface Flaw {
  readonly month: string;
  readonly flaw:
    | 'event_changed'
    | 'event_missing'
    | 'event_unsealed'
    | 'seal_missing'
    | 'seal_changed'
    | 'seal_forged'
    | 'newest_seal_missing';
  /** The id of the event, or the number of the seal. */
  readonly id: string;
}

/** The state of the chain of a month after some of its seals. */
export interface ChainState {
  readonly number: number;
  readonly hash: Buffer;
  readonly keyId: string;
}

/** The flaws of the next seal of a month by itself, after the seal before. A key that is gone leaves its `mac` unchecked. */
export function checkSeal(seal: Seal, before: ChainState, keys: SecretKeys): Flaw[] {
  const { month, number } = seal;
  const flaw = (name: Flaw['flaw'], id = number): Flaw => ({ month, flaw: name, id: String(id) });
  const missing = Array.from({ length: Math.min(number - before.number - 1, maxMissing) }, (_, at) =>
    flaw('seal_missing', before.number + 1 + at),
  );
  const isNext = missing.length === 0;
  const isChained = !isNext || sameBytes(seal.previous, before.hash);
  if (!isChained || !sameBytes(seal.hash, hashOf(seal)) || seal.digests.length !== seal.ids.length * digestBytes)
    return [...missing, flaw('seal_changed')];
  return isForged(seal.mac, seal.hash, seal.key_id, keys) ? [...missing, flaw('seal_forged')] : missing;
}

/** Missing seals of one gap that are named. */
const maxMissing = 100;

/** The flaws of the end of a month's chain: its newest seal is known by another row, too. */
export function checkEnd(month: string, newest: SealedMonth | undefined, last: ChainState, keys: SecretKeys): Flaw[] {
  const flaw = (name: Flaw['flaw'], number: number): Flaw[] => [{ month, flaw: name, id: String(number) }];
  if (!newest) return flaw('newest_seal_missing', last.number);
  if (newest.seals !== last.number || !sameBytes(newest.hash, last.hash))
    return flaw('newest_seal_missing', newest.seals);
  const message = Buffer.concat([Buffer.from('newest'), newest.hash]);
  return isForged(newest.mac, message, last.keyId, keys) ? flaw('seal_forged', newest.seals) : [];
}

function isForged(mac: Buffer, message: Buffer, keyId: string, keys: SecretKeys): boolean {
  const key = keys.byId(keyId);
  return key !== undefined && !sameBytes(mac, hmac(sealKey(key), message));
}

/** The flaws of the events of some seals, whose rows `found` has by their ids. */
export function checkEvents(seals: readonly Seal[], found: ReadonlyMap<string, Buffer>): Flaw[] {
  return seals.flatMap(({ month, ids, digests }) =>
    ids.flatMap((id, at): Flaw[] => {
      const digest = found.get(id);
      if (!digest) return [{ month, flaw: 'event_missing', id }];
      const sealed = digests.subarray(at * digestBytes, (at + 1) * digestBytes);
      return sameBytes(digest, sealed) ? [] : [{ month, flaw: 'event_changed', id }];
    }),
  );
}
