import type { AccountChanges, AccountKeys } from '../accounts/account.ts';
import { parseEmail } from './email.ts';
import { parseUsername, usernameKeys } from './username.ts';

/** The fields of a profile that a person may change, in display order. */
export const profileFields = ['username', 'first_name', 'last_name', 'email'] as const;

/** A member of `profileFields`. */
export type ProfileField = (typeof profileFields)[number];

/** The reason for which a profile was not changed. */
export type ProfileRefusal = { readonly ok: false } & (
  | { readonly code: 'username_taken' }
  | { readonly code: 'email_taken' }
  | { readonly code: 'control_characters'; readonly field: ProfileField }
  | { readonly code: 'too_long'; readonly field: ProfileField; readonly max: number }
  | { readonly code: 'username_invalid' }
  | { readonly code: 'email_invalid' }
  | { readonly code: 'too_many_profile_attempts'; readonly retryInSeconds: number }
);

/** The reason for which an account was not erased: the sign-in is too old. */
export interface EraseRefusal {
  readonly ok: false;
  readonly code: 'recent_sign_in_required';
}

/** The maximum length of each field in characters. */
export const maxLength: Readonly<Record<ProfileField, number>> = {
  username: 150,
  first_name: 150,
  last_name: 150,
  email: 254,
};

/**
 * Normalizes changes for storage: Unicode NFC, no surrounding space, and null for an empty string. Refuses control
 * characters and lone surrogates, which PostgreSQL cannot store and nobody can see.
 */
export function parseChanges(
  changes: AccountChanges,
): { readonly ok: true; readonly changes: AccountChanges; readonly keys: AccountKeys } | ProfileRefusal {
  const parsed: Partial<Record<ProfileField, string | null>> = {};
  for (const field of profileFields) {
    const value = changes[field];
    if (value === undefined) continue;
    if (value !== null && (/\p{Cc}/u.test(value) || !value.isWellFormed())) {
      return { ok: false, code: 'control_characters', field };
    }
    const text = value?.normalize('NFC').trim() || null;
    if (text !== null && [...text].length > maxLength[field])
      return { ok: false, code: 'too_long', field, max: maxLength[field] };
    parsed[field] = text;
  }
  const username = parsed.username ? parseUsername(parsed.username) : null;
  if (username === undefined) return { ok: false, code: 'username_invalid' };
  const email = parsed.email ? parseEmail(parsed.email) : null;
  if (email === undefined) return { ok: false, code: 'email_invalid' };
  return {
    ok: true,
    changes: { ...parsed, ...(username ? { username } : {}), ...(email ? { email: email.address } : {}) },
    keys: { username: username ? usernameKeys(username) : null, email: email?.key ?? null },
  };
}
