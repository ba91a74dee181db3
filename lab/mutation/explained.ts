// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are pieces of code
import type { Explained } from './mutant.ts';

/** The mutants that survive, each with its reason. */
export const explained: readonly Explained[] = [
  ...of('src/sessions/with-session.ts', 'What is no text is no token either: `parseToken` refuses it.', [
    ['token === undefined', 'false'],
  ]),
  ...of(
    'src/sessions/session.ts',
    'What stands before a token changes its bytes, which the checksum refuses: the form is looked at first because it costs less.',
    [['/^vouch_[A-Za-z0-9_-]{69}[AQgw]$/', '/vouch_[A-Za-z0-9_-]{69}[AQgw]$/']],
  ),
  ...of('src/kit/device.ts', '`split` has a first part, always: the sign is for the compiler.', [
    ['userAgent.split(/[\\s/(]/, 1)[0]?.replace', 'userAgent.split(/[\\s/(]/, 1)[0].replace'],
  ]),
  ...of('src/sign-in/verify-code.ts', 'Neither text is ever a code.', [["''", '"Stryker was here!"']]),
  ...of('src/sign-in/verify-code.ts', 'The row has all three or none: the sign is for the compiler.', [
    ['key_id !== undefined', 'true'],
    ['code_length !== undefined', 'true'],
  ]),
  ...of('src/sign-in/verify-code.ts', 'Null is not above 0 either: the sign is for the compiler.', [
    ['day_wait !== null', 'true'],
  ]),
  ...of('src/sign-in/verify-code.ts', 'They differ in one microsecond, which nobody can hit.', [
    ['day_wait > 0', 'day_wait >= 0'],
  ]),
  ...of('src/limits/client-ip.ts', 'No address has a line break: `.*` reaches the end by itself.', [
    ['/%.*$/', '/%.*/'],
  ]),
  ...of('src/limits/client-ip.ts', '`split` has a first part, always: the default is for the compiler.', [
    ["''", '"Stryker was here!"', "head = ''"],
  ]),
  ...of(
    'src/limits/client-ip.ts',
    'It changes the last groups of an address that ends in zeros, or their number; keys and masks have the first four, and a mapped address begins with zeros and does not end in `::`.',
    [
      ["tail === ''", 'false'],
      ["''", '"Stryker was here!"', "tail === ''"],
      ['[]', '["Stryker was here"]', "tail === ''"],
      ['8 - front.length', '8 + front.length'],
    ],
  ),
  ...of(
    'src/kit/phone-number.ts',
    'What is left by then has digits and a plus alone: there is nothing to extract from.',
    [['false', 'true', 'extract: false']],
  ),
  ...of(
    'src/kit/phone-number.ts',
    'It ends a reading that would go round for ever, should metadata of the library ever be such; those of today are not.',
    [
      ["!spelling.startsWith('+') || number.number.length < spelling.length", 'true'],
      ["spelling.startsWith('+')", "spelling.endsWith('+')"],
      ['number.number.length < spelling.length', 'number.number.length <= spelling.length'],
    ],
  ),
  ...of('src/kit/phone-number.ts', 'A text that is not two letters long is no country of the library either.', [
    ['/^[a-z]{2}$/i', '/[a-z]{2}$/i'],
    ['/^[a-z]{2}$/i', '/^[a-z]{2}/i'],
  ]),
  ...of('src/kit/phone-number.ts', '`split` has a first part, always: the default is for the compiler.', [
    ["''", '"Stryker was here!"', "number = ''"],
  ]),
  ...of(
    'src/sessions/store.ts',
    'No two sessions share a hash of 256 bits, and `live` has compared the account already; it is said for the sake of shards.',
    [
      [
        'where s.account_id = stale.account_id',
        'where true',
        'where s.account_id = stale.account_id and s.secret_hash = stale.secret_hash',
      ],
    ],
  ),
  ...of(
    'src/sign-in/store.ts',
    'Within the last second, or microsecond, of a pause it spends one of the allowance of an address for a message that the same statement then refuses: nobody is let through.',
    [
      ['>', '>=', 'const free'],
      ['0', '1', 'const free'],
    ],
  ),
  ...of('src/sign-in/store.ts', 'They differ in one microsecond, which nobody can hit.', [
    ['<=', '<', "numberWait(db, 'c.sent_at')"],
  ]),
  ...of(
    'src/sign-in/use-code.ts',
    'The id of a challenge is random and one row has it; number and device_trust are said because they are the key that finds it, and its shard.',
    [
      ['where phone_number = ${challenge.phoneNumber}', 'where true', 'and id = ${challenge.id}'],
      ['and device_trust = ${challenge.deviceTrust}', 'and true', 'and id = ${challenge.id}'],
    ],
  ),
  ...of(
    'src/sign-in/use-code.ts',
    'It matters where the challenge is replaced, or ends, in the milliseconds between the counting of a guess and the signing in: no test hits them.',
    [
      ['and id = ${challenge.id}::uuid', 'and true'],
      ['and expires_at > ${db.now()}', 'and true', 'and used_at is null and expires_at'],
    ],
  ),
  ...of(
    'src/sign-in/use-code.ts',
    'Without `used` there is no session and no newcomer either: it only saves the lookup.',
    [['and exists (select from used)', 'and true', 'for key share']],
  ),
  ...of(
    'src/sign-in/use-code.ts',
    'It waits for an account that is being erased; `test/races.test.ts` has that race, which is not run here, since it starts processes of its own and takes long.',
    [['for key share', '', 'for key share']],
  ),
  ...of(
    'src/sign-in/delete-expired-challenges.ts',
    'It tells which thousand go first; the others go at the next bite, a minute later at most.',
    [['1', '2', 'order by sent_at[1]']],
  ),
  ...of(
    'src/invites/store.ts',
    'Whoever has redeemed is answered by that before the tries are looked at: it would only spend an allowance that is of no use to them any more.',
    [['where inviter_id is null', 'where true', 'const unredeemed']],
  ),
  ...of(
    'src/invites/store.ts',
    'Of a person who has invited nobody no circle can close: it only saves walking up the tree.',
    [
      ['where me.invited_count > 0', 'where true'],
      ['>', '>=', 'me.invited_count > 0'],
    ],
  ),
  ...of(
    'src/invites/store.ts',
    'Said twice: `redeemed` updates no row that has an inviter, and the trigger of the table refuses it.',
    [['and me.inviter_id is null', 'and true']],
  ),
  ...of('src/invites/store.ts', 'Said twice: `locked` has it, and the trigger of the table refuses it.', [
    ['and invite.inviter_id is null', 'and true'],
  ]),
  ...of(
    'src/invites/store.ts',
    'It matters where an account is erased, or a tree hung elsewhere, in the moment between the snapshot and the lock. `test/races.test.ts` has those races; it is not run here, since it starts processes of its own and takes long.',
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
