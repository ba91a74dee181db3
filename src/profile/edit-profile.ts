import type { AccountChanges } from '../accounts/account.ts';
import { retryAfter } from '../limits/rate-limit.ts';
import type { Caller } from '../sessions/session.ts';
import { type ProfileRefusal, parseChanges } from './profile.ts';
import { changeProfile } from './store.ts';
import { type Profile, type ProfileNeeds, toProfile } from './view-profile.ts';

/**
 * Changes the given fields of a profile, all or none, and returns the new profile; undefined without a live session.
 */
export async function editProfile(
  needs: ProfileNeeds,
  caller: Caller,
  changes: AccountChanges,
): Promise<{ readonly ok: true; readonly profile: Profile } | ProfileRefusal | undefined> {
  const read = parseChanges(changes);
  if (!read.ok) return read;
  const outcome = await changeProfile(needs, caller, read);
  if (outcome === undefined) return undefined;
  if ('wait' in outcome)
    return { ok: false, code: 'too_many_profile_attempts', retryInSeconds: retryAfter(outcome.wait) };
  if ('taken' in outcome) return { ok: false, code: outcome.taken };
  return { ok: true, profile: toProfile(outcome.row, needs.invitedPhones) };
}
