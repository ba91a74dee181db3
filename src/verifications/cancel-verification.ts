import type { KeyActor } from '../api-keys/find-key-actor.ts';
import { askersOf } from './asker.ts';
import { type FindVerificationNeeds, findVerification, type VerificationKey } from './find-verification.ts';
import { cancel } from './store.ts';
import type { Verification, VerificationRefusal } from './verification.ts';

/** Cancels a pending verification and ends its code. */
export async function cancelVerification(
  needs: FindVerificationNeeds,
  actor: KeyActor,
  key: VerificationKey,
): Promise<{ readonly ok: true; readonly verification: Verification } | VerificationRefusal> {
  const found = await findVerification(needs, actor, key);
  if (!found.ok) return found;
  const { verification } = found;
  if (verification.status !== 'pending') return { ok: false, code: 'verification_ended', status: verification.status };
  const askers = askersOf(needs.keys, actor.id, verification.phone_number).map(({ hash }) => hash);
  const isCanceled = await cancel(needs.db, verification, askers);
  return isCanceled
    ? { ok: true, verification: { ...verification, status: 'canceled' } }
    : { ok: false, code: 'verification_ended', status: 'approved' };
}
