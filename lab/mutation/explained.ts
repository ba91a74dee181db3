// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are pieces of code
import type { Explained } from './mutant.ts';

/** The mutants that survive, each with its reason. */
export const explained: readonly Explained[] = [
  ...of('src/sessions/with-session.ts', '`parseToken` refuses a value that is not a string as well.', [
    ['token === undefined', 'false'],
  ]),
  ...of(
    'src/sessions/session.ts',
    'A prefix changes the bytes of the token, and the checksum refuses them. The pattern is checked first because it is cheaper.',
    [['/^vouch_[A-Za-z0-9_-]{69}[AQgw]$/', '/vouch_[A-Za-z0-9_-]{69}[AQgw]$/']],
  ),
  ...of('src/kit/device.ts', '`split` always returns a first part: the operator is for the compiler.', [
    ['userAgent.split(/[\\s/(]/, 1)[0]?.replace', 'userAgent.split(/[\\s/(]/, 1)[0].replace'],
  ]),
  ...of('src/sign-in/verify-code.ts', 'Neither string is ever a code.', [["''", '"Stryker was here!"']]),
  ...of('src/sign-in/verify-code.ts', 'The row has all three or none: the comparison is for the compiler.', [
    ['key_id !== undefined', 'true'],
    ['code_length !== undefined', 'true'],
  ]),
  ...of('src/sign-in/verify-code.ts', 'Null is not greater than 0 either: the comparison is for the compiler.', [
    ['day_wait !== null', 'true'],
  ]),
  ...of('src/sign-in/verify-code.ts', 'They differ in one microsecond, which no test can hit.', [
    ['day_wait > 0', 'day_wait >= 0'],
  ]),
  ...of('src/limits/client-ip.ts', 'No IP address has a line break, so `.*` always reaches the end.', [
    ['/%.*$/', '/%.*/'],
  ]),
  ...of('src/limits/client-ip.ts', '`split` always returns a first part: the default is for the compiler.', [
    ["''", '"Stryker was here!"', "head = ''"],
  ]),
  ...of(
    'src/limits/client-ip.ts',
    'It changes the last groups of an IP address that ends in zeros. Keys and masks use the first four, and an IPv4-mapped address does not end in `::`.',
    [
      ["tail === ''", 'false'],
      ["''", '"Stryker was here!"', "tail === ''"],
      ['[]', '["Stryker was here"]', "tail === ''"],
      ['8 - headGroups.length', '8 + headGroups.length'],
    ],
  ),
  ...of('src/kit/phone-number.ts', 'The text has only digits and a plus by then, so nothing can be extracted.', [
    ['false', 'true', 'extract: false'],
  ]),
  ...of('src/kit/phone-number.ts', 'It ends a recursion that the current metadata of the library never causes.', [
    ["!text.startsWith('+') || number.number.length < text.length", 'true'],
    ["text.startsWith('+')", "text.endsWith('+')"],
    ['number.number.length < text.length', 'number.number.length <= text.length'],
  ]),
  ...of('src/kit/phone-number.ts', 'The library knows no country of another length than two letters.', [
    ['/^[a-z]{2}$/i', '/[a-z]{2}$/i'],
    ['/^[a-z]{2}$/i', '/^[a-z]{2}/i'],
  ]),
  ...of('src/kit/phone-number.ts', '`split` always returns a first part: the default is for the compiler.', [
    ["''", '"Stryker was here!"', "number = ''"],
  ]),
  ...of(
    'src/sessions/store.ts',
    'No two sessions share a hash of 256 bits, and `live` has compared the account already. The condition names the shard.',
    [
      [
        'where s.account_id = stale.account_id',
        'where true',
        'where s.account_id = stale.account_id and s.secret_hash = stale.secret_hash',
      ],
    ],
  ),
  ...of(
    'src/sign-in/delete-expired-challenges.ts',
    'It decides which rows are deleted first; the next batch deletes the others, a minute later at most.',
    [['1', '2', 'order by sent_at[1]']],
  ),
  ...of(
    'src/invites/store.ts',
    'An account that has redeemed an invite gets that answer before its attempts are checked. It would only consume a rate limit that it needs no more.',
    [['where inviter_id is null', 'where true', 'const unredeemed']],
  ),
  ...of(
    'src/invites/store.ts',
    'An account without guests cannot close a circle: the condition only saves the walk up the tree.',
    [
      ['where me.invited_count > 0', 'where true'],
      ['>', '>=', 'me.invited_count > 0'],
    ],
  ),
  ...of(
    'src/invites/store.ts',
    'It is checked twice: `redeemed` updates no row that has an inviter, and the trigger of the table refuses it.',
    [['and me.inviter_id is null', 'and true']],
  ),
  ...of('src/invites/store.ts', 'It is checked twice: in `locked`, and by the trigger of the table.', [
    ['and invite.inviter_id is null', 'and true'],
  ]),
  ...of(
    'src/invites/store.ts',
    'It matters if an account is deleted, or its tree is moved, between the snapshot and the lock. `test/races.test.ts` has these races and is too slow to run here.',
    [
      ['and i.closed_at is null', 'and true', 'i.inviter_id is null and i.closed_at'],
      ['and (i.account_id <> inviter.account_id or i.closed_at is null)', 'and true'],
      ['where root.account_id = me.account_id', 'where true'],
    ],
  ),
];

/** One reason for some changes of a file, each with a part of its line where that is needed to tell it. */
function of(
  file: string,
  why: string,
  changes: readonly (readonly [from: string, to: string, within?: string])[],
): Explained[] {
  return changes.map(([from, to, within]) => ({ file, from, to, why, ...(within === undefined ? {} : { within }) }));
}
