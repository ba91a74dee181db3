import type { Caller } from '../sessions/session.ts';
import { type RedeemRefusal, toRedeemOutcome, typedInviteCode } from './invite.ts';
import { type InviteNeeds, redeemInvite } from './store.ts';

const attempts = 20;

/**
 * Redeems another person's invite code for the owner of the credential: once, never their own, and never so that a
 * circle closes, even under concurrent requests. Redeeming the same code again changes nothing and succeeds.
 * Undefined without a live session.
 */
export async function redeem(
  needs: InviteNeeds,
  credential: Caller,
  typed: string,
): Promise<{ readonly ok: true; readonly inviteCode: string } | RedeemRefusal | undefined> {
  const code = typedInviteCode(typed);
  if (code === undefined) return { ok: false, code: 'invite_code_malformed' };
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const outcome = toRedeemOutcome(code, await redeemInvite(needs, credential, code));
    if (outcome !== 'retry') return outcome;
  }
  // 40001: the caller may retry, as after any other conflict that outlived its retries
  throw Object.assign(new Error('the forest of invites moved twenty times under one redemption'), { code: '40001' });
}
