import type { AccountChanges } from '../accounts/store.ts';
import { retryIn } from '../limits/rate-limit.ts';
import type { Caller } from '../sessions/session.ts';
import { type ProfileRefusal, readChanges } from './profile.ts';
import { changeProfile } from './store.ts';
import { type Profile, type ProfileNeeds, profileFrom } from './view-profile.ts';

/**
 * Changes the given fields of a profile, all or none, and returns the new profile; undefined without a live session.
 */
export async function editProfile(
  needs: ProfileNeeds,
  caller: Caller,
  changes: AccountChanges,
): Promise<{ readonly ok: true; readonly profile: Profile } | ProfileRefusal | undefined> {
  const read = readChanges(changes);
  if (!read.ok) return read;
  const outcome = await changeProfile(needs, caller, read);
  if (outcome === undefined) return undefined;
  if ('wait' in outcome) return { ok: false, code: 'too_many_profile_attempts', retryInSeconds: retryIn(outcome.wait) };
  if ('taken' in outcome) return { ok: false, code: outcome.taken };
  return { ok: true, profile: profileFrom(outcome.row, needs.invitedPhones) };
}
