import type { KeyActor } from '../api-keys/find-key-actor.ts';
import type { Client } from '../http/client.ts';
import { type CheckCodeNeeds, checkCode } from '../sign-in/verify-code.ts';
import { askersOf } from './asker.ts';
import { findVerification, type VerificationKey } from './find-verification.ts';
import { approve, findOwnChallenge } from './store.ts';
import type { Verification, VerificationRefusal } from './verification.ts';

/** A verification that a code has just approved. */
export interface ApprovedVerification {
  readonly ok: true;
  readonly verification: Verification;
}

/**
 * Checks a code and approves the verification by it, once: of any number of simultaneous checks one at most succeeds. It
 * opens no account and no session.
 */
export async function checkVerification(
  needs: CheckCodeNeeds,
  actor: KeyActor,
  input: { readonly key: VerificationKey; readonly code: string; readonly client: Client },
): Promise<ApprovedVerification | VerificationRefusal> {
  const found = await findVerification(needs, actor, input.key);
  if (!found.ok) return found;
  const { verification } = found;
  if (verification.status !== 'pending') return ended(verification.status);
  const { phone_number: phoneNumber } = verification;
  const askers = askersOf(needs.keys, actor.id, phoneNumber);
  const hashes = askers.map(({ hash }) => hash);
  const challenge = await findOwnChallenge(needs.db, phoneNumber, hashes);
  if (challenge?.id !== verification.id) return refetched(needs, actor, verification.id, ended('expired'));
  if (challenge.is_used_up) return ended('used_up');
  const asker = askers.find(({ hash }) => hash.equals(challenge.asker));
  const { code, client } = input;
  const entered = { phoneNumber, code, client, deviceToken: undefined, challengeToken: asker?.token };
  const checked = await checkCode(
    needs,
    entered,
    (guess) => approve(needs, guess, { id: verification.id, apiKeyId: actor.id }),
    (row): ApprovedVerification | VerificationRefusal =>
      row.is_approved ? { ok: true, verification: { ...verification, status: 'approved' } } : ended('expired'),
  );
  return checked.ok || checked.code !== 'wrong_code' ? checked : refetched(needs, actor, verification.id, checked);
}

function ended(status: Extract<VerificationRefusal, { code: 'verification_ended' }>['status']): VerificationRefusal {
  return { ok: false, code: 'verification_ended', status };
}

/** The refusal of a code: that the verification has ended meanwhile, as after a simultaneous check, or else this one. */
async function refetched(
  needs: CheckCodeNeeds,
  actor: KeyActor,
  id: string,
  refusal: VerificationRefusal,
): Promise<VerificationRefusal> {
  const found = await findVerification(needs, actor, { id });
  if (found.ok && found.verification.status !== 'pending') return ended(found.verification.status);
  return refusal;
}
