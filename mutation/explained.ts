import type { Explained } from './mutant.ts';

/** The mutants that survive, each with its reason. */
export const explained: readonly Explained[] = [
  ...of('src/sessions/require-session.ts', 'What is no text is no token either: `readToken` refuses it.', [
    ['token === undefined', 'false'],
  ]),
  ...of(
    'src/sessions/session.ts',
    'What stands before or behind a token makes its bytes too many, which the checksum refuses: the form is looked at first because it costs less.',
    [
      ['/^vouch_[A-Za-z0-9_-]{70}$/', '/^vouch_[A-Za-z0-9_-]{70}/'],
      ['/^vouch_[A-Za-z0-9_-]{70}$/', '/vouch_[A-Za-z0-9_-]{70}$/'],
    ],
  ),
  ...of(
    'src/sessions/session.ts',
    'The text is 32 digits long, always: the pattern fits the whole with and without its ends.',
    [
      ['/^(.{8})(.{4})(.{4})(.{4})(.{12})$/', '/(.{8})(.{4})(.{4})(.{4})(.{12})$/'],
      ['/^(.{8})(.{4})(.{4})(.{4})(.{12})$/', '/^(.{8})(.{4})(.{4})(.{4})(.{12})/'],
    ],
  ),
  ...of('src/sessions/device.ts', '`split` has a first part, always: the sign is for the compiler.', [
    ['userAgent.split(/[\\s/(]/, 1)[0]?.replace', 'userAgent.split(/[\\s/(]/, 1)[0].replace'],
  ]),
  ...of(
    'src/sign-in/code.ts',
    'What stands before or behind a device token changes its bytes, which the MAC refuses.',
    [
      ['/^vouchd_[A-Za-z0-9_-]{54}$/', '/vouchd_[A-Za-z0-9_-]{54}$/'],
      ['/^vouchd_[A-Za-z0-9_-]{54}$/', '/^vouchd_[A-Za-z0-9_-]{54}/'],
    ],
  ),
  ...of(
    'src/sign-in/request-code.ts',
    'A fault that the statement makes impossible: it keeps no challenge whose key is gone.',
    [
      ['code === undefined', 'false'],
      ["'a challenge was kept whose key has been withdrawn'", '""'],
    ],
  ),
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
  ...of('src/limits/address.ts', 'No address has a line break: `.*` reaches the end by itself.', [['/%.*$/', '/%.*/']]),
  ...of('src/limits/address.ts', '`split` has a first part, always: the default is for the compiler.', [
    ["''", '"Stryker was here!"', "head = ''"],
  ]),
  ...of(
    'src/limits/address.ts',
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
  ...of('src/kit/phone-number.ts', 'Neither text has MOBILE in it.', [["''", '"Stryker was here!"', 'getType']]),
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
];

/** One reason for some changes of a file, each with a part of its line where that is needed to tell it. */
function of(
  file: string,
  why: string,
  changes: readonly (readonly [from: string, to: string, within?: string])[],
): Explained[] {
  return changes.map(([from, to, within]) => ({ file, from, to, why, ...(within === undefined ? {} : { within }) }));
}
