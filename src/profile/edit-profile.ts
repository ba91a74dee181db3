import type { Credential } from '../sessions/session.ts';
import { type ProfileChanges, type ProfileRefusal, readChanges } from './profile.ts';
import { changeProfile } from './store.ts';
import { type Profile, type ProfileNeeds, profileFrom } from './view-profile.ts';

/** Changes what is given of a profile, all of it or nothing, and returns the profile as it is then. */
export async function editProfile(
  needs: ProfileNeeds,
  credential: Credential,
  asked: ProfileChanges,
): Promise<{ readonly ok: true; readonly profile: Profile } | ProfileRefusal> {
  const read = readChanges(asked);
  if (!read.ok) return read;
  try {
    const row = await changeProfile(needs, credential, read.changes);
    return row ? { ok: true, profile: profileFrom(row, needs.invitedPhones) } : { ok: false, code: 'unauthenticated' };
  } catch (fault) {
    const taken = (fault as { constraint_name?: string }).constraint_name;
    if (taken === 'username_taken' || taken === 'email_taken') return { ok: false, code: taken };
    throw fault;
  }
}
