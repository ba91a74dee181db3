import { type InvitedPage, type InvitedPhones, toInvitedPage } from '../invites/invited.ts';
import type { Cursor, InviteNeeds } from '../invites/store.ts';
import { batchPerTick } from '../kit/concurrency/batch-per-tick.ts';
import type { PhoneNumber } from '../kit/phone-number.ts';
import type { Credential } from '../sessions/session.ts';
import { findProfile, findProfilesAnywhere, invitedPage, type ProfileReadNeeds, type ProfileRow } from './store.ts';

/** The days for which records are kept that outlive an account. */
export interface KeepDays {
  readonly deliveries: number;
  readonly audit: number;
}

/** The dependencies of showing a profile. */
export interface ProfileNeeds extends InviteNeeds {
  readonly invitedPhones: InvitedPhones;
  readonly keepDays: KeepDays;
}

/** A profile as its owner sees it. */
export interface Profile {
  /** A UUID that no other account ever gets, not even one of the same number after an erasure. */
  readonly id: string;
  readonly phoneNumber: PhoneNumber;
  readonly username: string | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly email: string | null;
  readonly ownCode: string;
  /** The code that this person redeemed. */
  readonly redeemedCode: string | null;
  readonly redeemedAt: Date | null;
  readonly invited: InvitedPage;
  /** Of all who redeemed the own code, those who erased their account since included. */
  readonly invitedCount: number;
}

/** Returns a loader of profiles, each for the owner of its credential; concurrent reads share a statement. */
export function createProfileLoader(
  needs: ProfileNeeds & ProfileReadNeeds,
): (credential: Credential) => Promise<Profile | undefined> {
  const read = batchPerTick((credentials: readonly Credential[]) => findProfilesAnywhere(needs, credentials));
  return async (credential) => {
    const row = await read(credential);
    return row && toProfile(row, needs.invitedPhones);
  };
}

/** The profile of the owner of the credential, with the page of invited people that a cursor names; else undefined. */
export async function viewProfile(
  needs: ProfileNeeds,
  credential: Credential,
  cursor?: Cursor,
  size = invitedPage,
): Promise<Profile | undefined> {
  const row = await findProfile(needs, credential, cursor, size);
  return row && toProfile(row, needs.invitedPhones, size);
}

/** Turns a row of the database into the profile for its owner. */
export function toProfile(row: ProfileRow, phones: InvitedPhones, size = invitedPage): Profile {
  return {
    id: row.id,
    phoneNumber: row.phone_number,
    username: row.username,
    firstName: row.first_name,
    lastName: row.last_name,
    email: row.email,
    ownCode: row.own_code,
    redeemedCode: row.redeemed_code,
    redeemedAt: row.redeemed_ms === null ? null : new Date(row.redeemed_ms),
    invited: toInvitedPage(row.invited, size, phones),
    invitedCount: row.invited_count,
  };
}
