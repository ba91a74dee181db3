import type { Account } from 'oidc-provider';
import type { Database } from '../db/database.ts';
import { type AccountRow, findAccountRow } from './store.ts';

/** The scopes that an app may ask for, and the claims of each. */
export const claimsOfScopes = {
  openid: ['sub', 'acr', 'amr', 'auth_time'],
  phone: ['phone_number', 'phone_number_verified'],
  profile: ['name', 'given_name', 'family_name', 'preferred_username'],
  email: ['email', 'email_verified'],
  invites: ['invited_by'],
} as const;

/** The authentication of a session of the pages: a code by phone, at any time, or within the last five minutes. */
export const acr = { phone: 'urn:vouch:acr:phone', fresh: 'urn:vouch:acr:phone-fresh' } as const;

/** The time for which a sign-in counts as fresh, in seconds. */
export const freshSeconds = 300;

/** The account of a subject, with its claims; undefined if it has been erased. */
export async function findOidcAccount(db: Database, id: string): Promise<Account | undefined> {
  if (!/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/.test(id)) return undefined;
  const row = await findAccountRow(db, id);
  return row && { accountId: row.id, claims: () => toClaims(row) };
}

/** A member without a value is left out, as OpenID Connect Core, 5.3.2, has it. */
function toClaims(row: AccountRow): { sub: string; [claim: string]: unknown } {
  const name = [row.first_name, row.last_name].filter((part) => part !== null).join(' ');
  return {
    sub: row.id,
    phone_number: row.phone_number,
    phone_number_verified: true,
    name: name === '' ? undefined : name,
    given_name: row.first_name ?? undefined,
    family_name: row.last_name ?? undefined,
    preferred_username: row.username ?? undefined,
    email: row.email ?? undefined,
    email_verified: row.email === null ? undefined : false,
    invited_by: row.inviter_id ?? undefined,
  };
}
