import { actArguments, logAct } from '../audit/act.ts';
import { refuseAct, refuseList } from '../audit/refuse-act.ts';
import type { AuditNeeds } from '../audit/store.ts';
import type { Actor } from '../operators/actor.ts';
import { checkKeyInput, checkNumber, type KeyInput, type KeyRefusal } from './api-key.ts';
import { formatKey, hashKeySecret, newKeyId, newKeySecret } from './key.ts';
import { endKey, insertKey, type ListedKey, listKeyRows, replaceSecret } from './store.ts';

/** A new secret of a key. `key` is shown once: only its hash is stored. */
export interface IssuedKey {
  readonly ok: true;
  readonly id: string;
  readonly key: string;
  readonly expiresAt: Date;
}

/** The keys that a list shows. */
const maxListed = 1000;

/** Makes a key, and returns its text, which cannot be shown again. */
export async function addKey(needs: AuditNeeds, actor: Actor, input: KeyInput): Promise<IssuedKey | KeyRefusal> {
  const refusal = await refuseAct(needs, actor, 'manage_keys');
  if (refusal) return { ok: false, ...refusal };
  const checked = checkKeyInput(input);
  if (!checked.ok) return checked;
  const id = newKeyId();
  const secret = newKeySecret();
  const { expires_at: expiresAt, recorded } = await insertKey(
    needs.db,
    id,
    hashKeySecret(secret),
    checked.input,
    actArguments(actor),
  );
  logAct(needs.log, recorded, actor);
  return { ok: true, id, key: formatKey(id, secret), expiresAt };
}

/** All keys, newest first, without their secrets. */
export async function listKeys(
  needs: AuditNeeds,
  actor: Actor,
): Promise<{ readonly ok: true; readonly keys: readonly ListedKey[] } | KeyRefusal> {
  const refusal = await refuseList(needs, actor, 'manage_keys');
  if (refusal) return { ok: false, ...refusal };
  return { ok: true, keys: await listKeyRows(needs.db, maxListed) };
}

/**
 * Gives a key a new secret and its lifetime anew. The present secret stays valid for `overlapSeconds`, so that clients
 * can change one after another; with 0 it ends at once, as after a leak.
 */
export async function rotateKey(
  needs: AuditNeeds,
  actor: Actor,
  { id, overlapSeconds }: { readonly id: string; readonly overlapSeconds: number },
): Promise<(IssuedKey & { readonly previousUntil: Date }) | KeyRefusal> {
  const refusal = await refuseAct(needs, actor, 'manage_keys', { target: `key:${id}` });
  if (refusal) return { ok: false, ...refusal };
  const invalid = checkNumber('overlapSeconds', overlapSeconds, 0);
  if (invalid) return invalid;
  const secret = newKeySecret();
  const change = await replaceSecret(needs.db, id, hashKeySecret(secret), overlapSeconds, actArguments(actor));
  if (change.outcome === 'key_overlaps') return { ok: false, code: 'key_overlaps', until: change.previous_until };
  if (change.outcome !== 'rotated') return { ok: false, code: change.outcome };
  logAct(needs.log, change.recorded, actor);
  return {
    ok: true,
    id,
    key: formatKey(id, secret),
    expiresAt: change.expires_at,
    previousUntil: change.previous_until,
  };
}

/** Ends a key for good, on every process with its next request. */
export async function revokeKey(
  needs: AuditNeeds,
  actor: Actor,
  { id }: { readonly id: string },
): Promise<{ readonly ok: true; readonly name: string } | KeyRefusal> {
  const refusal = await refuseAct(needs, actor, 'manage_keys', { target: `key:${id}` });
  if (refusal) return { ok: false, ...refusal };
  const change = await endKey(needs.db, id, actArguments(actor));
  if (change.outcome !== 'revoked') return { ok: false, code: change.outcome };
  logAct(needs.log, change.recorded, actor);
  return { ok: true, name: change.name };
}
