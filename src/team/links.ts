import type { AuditNeeds } from '../audit/store.ts';
import type { Client } from '../http/client.ts';
import type { PhoneNumber } from '../kit/phone-number.ts';
import type { Actor, ActRefusal } from '../operators/actor.ts';
import { hashOfOperatorToken, newOperatorToken } from './operator-token.ts';
import type { TeamRefusal } from './refusal.ts';
import { insertLink, openByLink } from './store.ts';

/**
 * Makes the token of a link that signs the operator of a number in, once within ten minutes. Only the command line makes
 * links: access to the machine stands in for a phone that is lost.
 */
export async function linkOperator(
  needs: AuditNeeds,
  actor: Actor,
  { phoneNumber }: { readonly phoneNumber: PhoneNumber },
): Promise<{ readonly token: string } | TeamRefusal | ActRefusal> {
  if (actor.kind !== 'command_line') return { code: 'act_not_allowed', act: 'manage_operators' };
  const { token, secretHash } = newOperatorToken();
  return (await insertLink(needs, actor, { phoneNumber, secretHash })) ?? { token };
}

/** Signs an operator in by a link: the token of the session, or undefined if the link does not work. */
export async function signInByLink(needs: AuditNeeds, client: Client, link: string): Promise<string | undefined> {
  const linkHash = hashOfOperatorToken(link);
  if (linkHash === undefined) return undefined;
  const { token, secretHash } = newOperatorToken();
  return (await openByLink(needs, client, { link: linkHash, session: secretHash })) ? token : undefined;
}
