import type { AccountChanges } from '../accounts/store.ts';
import { addressKey } from '../limits/address.ts';
import { retryIn } from '../limits/allowance.ts';
import type { Credential } from '../sessions/session.ts';
import { type ProfileRefusal, readChanges } from './profile.ts';
import { changeProfile } from './store.ts';
import { type Profile, type ProfileNeeds, profileFrom } from './view-profile.ts';

/** Changes what is given of a profile, all of it or nothing, and returns the profile as it is then. */
export async function editProfile(
  needs: ProfileNeeds,
  credential: Credential,
  { changes, clientIp }: { changes: AccountChanges; clientIp: string },
): Promise<{ readonly ok: true; readonly profile: Profile } | ProfileRefusal> {
  const read = readChanges(changes);
  if (!read.ok) return read;
  const outcome = await changeProfile(needs, credential, { ...read, clientKey: addressKey(clientIp) });
  if (outcome === undefined) return { ok: false, code: 'unauthenticated' };
  if ('wait' in outcome) return { ok: false, code: 'too_many_profile_attempts', retryInSeconds: retryIn(outcome.wait) };
  if ('taken' in outcome) return { ok: false, code: outcome.taken };
  return { ok: true, profile: profileFrom(outcome.row, needs.invitedPhones) };
}
