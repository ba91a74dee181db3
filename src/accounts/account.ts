/** New values of an account: undefined leaves a column as it is, null clears it. */
export interface AccountChanges {
  readonly username?: string | null;
  readonly first_name?: string | null;
  readonly last_name?: string | null;
  readonly email?: string | null;
}

/** The unique forms of a new user name and a new e-mail address. */
export interface AccountKeys {
  readonly username: { readonly small: string; readonly capital: string; readonly written: string } | null;
  readonly email: string | null;
}
