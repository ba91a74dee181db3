import { type InvitedPhones, invitedPageOf } from '../invites/invited.ts';
import type { Cursor, InviteNeeds } from '../invites/store.ts';
import { batchPerTick } from '../kit/concurrency/batch-per-tick.ts';
import type { Credential } from '../sessions/session.ts';
import { invitedPage, type ProfileRow, profileOf, profilesOf } from './store.ts';

/** The dependencies of showing a profile. */
export interface ProfileNeeds extends InviteNeeds {
  readonly invitedPhones: InvitedPhones;
}

/**
 * A profile as its owner sees it, with the contract's field names; `referal_code` is its spelling of the own invite
 * code.
 */
export interface Profile {
  /** A UUID that no other account ever gets, not even one of the same number after an erasure. */
  readonly id: string;
  readonly phone_number: string;
  readonly username: string | null;
  readonly first_name: string | null;
  readonly last_name: string | null;
  readonly email: string | null;
  readonly referal_code: string;
  readonly invite_code: string | null;
  readonly invited: string[];
  readonly invited_count: number;
  readonly invited_cursor: string | null;
}

/** Returns a loader of profiles, each for the owner of its credential; concurrent reads share a statement. */
export function openProfiles(needs: ProfileNeeds): (credential: Credential) => Promise<Profile | undefined> {
  const read = batchPerTick((credentials: readonly Credential[]) => profilesOf(needs, credentials));
  return async (credential) => {
    const row = await read(credential);
    return row && profileFrom(row, needs.invitedPhones);
  };
}

/** The profile of the owner of the credential, with the page of invited people that a cursor names; else undefined. */
export async function viewProfile(
  needs: ProfileNeeds,
  credential: Credential,
  cursor?: Cursor,
): Promise<Profile | undefined> {
  const row = await profileOf(needs, credential, cursor);
  return row && profileFrom(row, needs.invitedPhones);
}

/** Turns a row of the database into the profile for its owner. */
export function profileFrom(row: ProfileRow, phones: InvitedPhones): Profile {
  const page = invitedPageOf(row.invited, invitedPage, phones);
  return {
    id: row.id,
    phone_number: row.phone_number,
    username: row.username,
    first_name: row.first_name,
    last_name: row.last_name,
    email: row.email,
    referal_code: row.own_code,
    invite_code: row.redeemed_code,
    invited: page.numbers,
    invited_count: row.invited_count,
    invited_cursor: page.cursor,
  };
}
