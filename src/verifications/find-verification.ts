import type { KeyActor } from '../api-keys/find-key-actor.ts';
import { refuseAct } from '../audit/refuse-act.ts';
import type { AuditNeeds } from '../audit/store.ts';
import type { PhoneNumber } from '../kit/phone-number.ts';
import type { SecretKeys } from '../kit/secret.ts';
import { askersOf } from './asker.ts';
import { findOwnChallenge, readVerification } from './store.ts';
import type { Verification, VerificationRefusal } from './verification.ts';

/** A verification by its id, or the pending one of a number. */
export type VerificationKey = { readonly id: string } | { readonly phoneNumber: PhoneNumber };

/** The dependencies of finding a verification. */
export interface FindVerificationNeeds extends AuditNeeds {
  readonly keys: SecretKeys;
}

/** Finds a verification of an API key. */
export async function findVerification(
  needs: FindVerificationNeeds,
  actor: KeyActor,
  key: VerificationKey,
): Promise<{ readonly ok: true; readonly verification: Verification } | VerificationRefusal> {
  const refusal = await refuseAct(needs, actor, 'verify_numbers');
  if (refusal) return { ok: false, ...refusal };
  const id = 'id' in key ? parsedId(key.id) : await pendingId(needs, actor, key.phoneNumber);
  const verification = id === undefined ? undefined : await readVerification(needs.db, id, actor.id);
  return verification ? { ok: true, verification } : { ok: false, code: 'verification_unknown' };
}

function parsedId(text: string): string | undefined {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text) ? text : undefined;
}

async function pendingId({ db, keys }: FindVerificationNeeds, actor: KeyActor, phoneNumber: PhoneNumber) {
  const askers = askersOf(keys, actor.id, phoneNumber).map(({ hash }) => hash);
  return (await findOwnChallenge(db, phoneNumber, askers))?.id;
}
