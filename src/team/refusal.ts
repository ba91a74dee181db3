/** The reason for which an act on operators was not done. */
export type TeamRefusal =
  /** Nobody has signed in with this number yet. */
  | { readonly code: 'no_account' }
  | { readonly code: 'already_operator' }
  | { readonly code: 'not_operator' }
  /** No owner would be left. */
  | { readonly code: 'last_owner' };
