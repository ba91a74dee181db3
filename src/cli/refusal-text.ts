/** A refusal of a use case as the command line says it. */
export function refusalText(refusal: { readonly code: string }): string {
  return Object.hasOwn(texts, refusal.code) ? (texts[refusal.code] ?? refusal.code) : refusal.code;
}

const texts: Readonly<Record<string, string>> = {
  act_not_allowed: 'You may not do that',
  reason_needed: 'A reason is missing. Example: --reason "ticket 7"',
  fresh_code_needed: 'A fresh code is needed',
  person_unknown: 'Nobody has such an account',
  not_a_phone_number: 'That is no telephone number. Example: +79161234567',
  unknown_cursor: 'There is no such page: --after takes the value that the page before ended with',
  block_malformed:
    'That is no value of such a block. Examples: number +79161234567, prefix +7916, country RU, network 10.1.2.0/24',
  block_too_wide: 'That network is too wide: at least /8 of IPv4 and /16 of IPv6',
  block_unknown: 'There is no such block',
  end_in_the_past: 'The end has to be in the future',
  invite_unknown: 'Nobody has such an invite code',
  username_taken: 'Another account has this user name',
  email_taken: 'Another account has this e-mail address',
};
