import { type RateLimit, retryAfter } from '../limits/rate-limit.ts';
import { inviteCodeAttempts } from '../limits/rules.ts';
import type { Credential } from '../sessions/session.ts';
import { networkAttempts } from './attempts.ts';
import { linkedInviteCode } from './invite.ts';
import { type RememberedInvite, rememberInvite } from './remembered-invite.ts';
import { findInvite, type InviteNeeds, type LinkRow } from './store.ts';

/** The action that the invite of a link offers to somebody who is signed in, or the reason that there is none. */
export type MemberAction = 'redeem' | 'share_own' | 'nothing_redeemed' | 'nothing_redeemed_another' | 'nothing_circle';

/** A working invite, for a visitor or for somebody who is signed in; or the reason that there is none. */
export type OpenedLink =
  | {
      readonly ok: true;
      readonly invite: RememberedInvite;
      /** Undefined for a visitor. */
      readonly memberAction: MemberAction | undefined;
      /** The code that the person redeemed before. */
      readonly redeemedCode: string | null;
    }
  | (LinkRefusal & { readonly isMember: boolean });

/** The reason for which the invite of a link was not looked up, or does not work. */
export type LinkRefusal = { readonly ok: false } & (
  | { readonly code: 'invite_not_working' }
  | { readonly code: 'too_many_redeem_attempts'; readonly retryInSeconds: number; readonly limit: RateLimit }
);

/**
 * Looks up the invite of a link, in any spelling. An invite is not used up, since robots open links too; a code that
 * nobody has counts against the rate limit of the client network.
 */
export async function openLink(
  needs: InviteNeeds,
  input: { text: string; clientIp: string; credential: Credential | undefined },
): Promise<OpenedLink> {
  const code = linkedInviteCode(input.text);
  if (code === undefined) return { ok: false, code: 'invite_not_working', isMember: input.credential !== undefined };
  const facts = await findInvite(needs, code, networkAttempts(input.clientIp), input.credential);
  const isMember = facts.alive;
  if (!facts.allowed) {
    const retryInSeconds = retryAfter(facts.limit_wait);
    return { ok: false, code: 'too_many_redeem_attempts', isMember, retryInSeconds, limit: inviteCodeAttempts };
  }
  if (facts.code === null) return { ok: false, code: 'invite_not_working', isMember };
  const memberCan = isMember ? memberActionFor(facts.code, facts) : undefined;
  const invite = rememberInvite(needs.keys, facts.code, facts.now);
  return { ok: true, invite, memberAction: memberCan, redeemedCode: facts.redeemed_code };
}

function memberActionFor(code: string, { own_code, redeemed_code, circle }: LinkRow): MemberAction {
  if (code === own_code) return 'share_own';
  if (code === redeemed_code) return 'nothing_redeemed';
  if (redeemed_code !== null) return 'nothing_redeemed_another';
  return circle ? 'nothing_circle' : 'redeem';
}
