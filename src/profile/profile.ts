/** What a person may change of their profile: absent is left alone, null is cleared. */
export interface ProfileChanges {
  readonly username?: string | null;
  readonly first_name?: string | null;
  readonly last_name?: string | null;
  readonly email?: string | null;
}

/** The members of a profile that a person may change, in the order in which they are shown. */
export const profileFields = ['username', 'first_name', 'last_name', 'email'] as const;

/** One of them. */
export type ProfileField = (typeof profileFields)[number];

/** Why a profile was not changed. */
export type ProfileRefusal = { readonly ok: false } & (
  | { readonly code: 'unauthenticated' }
  | { readonly code: 'username_taken' }
  | { readonly code: 'email_taken' }
  | { readonly code: 'control_characters'; readonly field: ProfileField }
  | { readonly code: 'too_long'; readonly field: ProfileField; readonly most: number }
  | { readonly code: 'email_invalid' }
);

/** How many characters each member holds. */
export const longest: Readonly<Record<ProfileField, number>> = {
  username: 150,
  first_name: 150,
  last_name: 150,
  email: 254,
};

/** An address as HTML has it for `<input type=email>`, with at least one dot in the domain. */
const address =
  /^[\w.!#$%&'*+/=?^`{|}~-]+@[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+$/i;

/**
 * Makes changes fit to be stored: Unicode NFC, no space around, an empty string is null. Refuses control characters and
 * broken surrogates, which PostgreSQL cannot keep and nobody can see.
 */
export function readChanges(
  changes: ProfileChanges,
): { readonly ok: true; readonly changes: ProfileChanges } | ProfileRefusal {
  const read: Partial<Record<ProfileField, string | null>> = {};
  for (const field of profileFields) {
    const value = changes[field];
    if (value === undefined) continue;
    if (value !== null && (/\p{Cc}/u.test(value) || !value.isWellFormed())) {
      return { ok: false, code: 'control_characters', field };
    }
    const text = value?.normalize('NFC').trim() || null;
    if (text !== null && [...text].length > longest[field])
      return { ok: false, code: 'too_long', field, most: longest[field] };
    if (field === 'email' && text !== null && !address.test(text)) return { ok: false, code: 'email_invalid' };
    read[field] = text;
  }
  return { ok: true, changes: read };
}

/** What two spellings of one username or address have in common: it is unique, so that nobody passes for another. */
export function uniqueKey(value: string | null | undefined): string | null {
  return value?.normalize('NFKC').toLowerCase() ?? null;
}
