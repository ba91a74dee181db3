import { refuseAct } from '../audit/refuse-act.ts';
import type { AuditNeeds } from '../audit/store.ts';
import { uuidPattern } from '../kit/page-cursor.ts';
import { maskPhoneNumber } from '../kit/phone-number.ts';
import type { Actor, ActRefusal } from '../operators/actor.ts';
import { findInvited, findInviters, findMostActive, type InviteRow } from './invite-store.ts';

/** A person of an invite tree, the number masked. */
export interface InvitedPerson extends Omit<InviteRow, 'phone_number'> {
  readonly number: string | null;
}

/** The tree around a person: the inviters above, nearest first, and two levels of guests below, newest first. */
export interface InviteTree {
  readonly above: readonly InvitedPerson[];
  readonly below: readonly (InvitedPerson & { readonly guests: readonly InvitedPerson[] })[];
}

const maxDepth = 20;
const maxGuests = 50;
const maxGuestsOfGuests = 10;

/** The invite tree around a person, in two round trips. Numbers are masked. */
export async function inviteTree(
  needs: AuditNeeds,
  actor: Actor,
  { accountId }: { readonly accountId: string },
): Promise<({ readonly ok: true } & InviteTree) | ({ readonly ok: false } & ActRefusal)> {
  const refusal = await refuseAct(needs, actor, 'read_invites', {
    target: uuidPattern.test(accountId) ? `account:${accountId}` : undefined,
  });
  if (refusal) return { ok: false, ...refusal };
  if (!uuidPattern.test(accountId)) return { ok: true, above: [], below: [] };
  const [above, guests] = await Promise.all([
    findInviters(needs.db, accountId, maxDepth),
    findInvited(needs.db, [accountId], maxGuests),
  ]);
  const ids = guests.filter(({ invited_count: count }) => count > 0).map(({ account_id: id }) => id);
  const below = ids.length > 0 ? await findInvited(needs.db, ids, maxGuestsOfGuests) : [];
  return {
    ok: true,
    above: above.map(masked),
    below: guests.map((guest) => ({
      ...masked(guest),
      guests: below.filter(({ inviter_id: inviter }) => inviter === guest.account_id).map(masked),
    })),
  };
}

/** The people who have invited the most, at most a hundred. Numbers are masked. */
export async function mostActiveInviters(
  needs: AuditNeeds,
  actor: Actor,
  { limit }: { readonly limit: number },
): Promise<{ readonly ok: true; readonly items: readonly InvitedPerson[] } | ({ readonly ok: false } & ActRefusal)> {
  const refusal = await refuseAct(needs, actor, 'read_invites');
  if (refusal) return { ok: false, ...refusal };
  const rows = await findMostActive(needs.db, Math.min(100, Math.max(1, limit)));
  return { ok: true, items: rows.map(masked) };
}

function masked({ phone_number: number, ...row }: InviteRow): InvitedPerson {
  return { ...row, number: number && maskPhoneNumber(number) };
}
