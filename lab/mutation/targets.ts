/** Rules in TypeScript, and the test files that hold them, those that need no database first. */
export const rules: Readonly<Record<string, readonly string[]>> = {
  'src/sign-in/challenge.ts': ['message', 'refusals', 'limits', 'codes', 'test-numbers'],
  'src/sign-in/code.ts': ['secret', 'codes', 'limits'],
  'src/limits/rules.ts': ['refusals', 'limits', 'test-numbers'],
  'src/sign-in/message.ts': ['message'],
  'src/sign-in/parse-number.ts': ['contract-sign-in', 'phone-number'],
  'src/sign-in/request-code.ts': ['codes', 'contract-sign-in', 'limits', 'addresses', 'test-numbers'],
  'src/sign-in/verify-code.ts': ['at-once', 'codes', 'contract-sign-in', 'limits', 'contract-sessions'],
  'src/sessions/session.ts': ['session', 'secret'],
  'src/sessions/with-session.ts': ['contract-sessions'],
  'src/invites/invite.ts': ['invite', 'contract-invites', 'limits'],
  'src/invites/invited.ts': ['invite', 'contract-invites'],
  'src/invites/redeem.ts': ['at-once', 'contract-invites', 'forest'],
  'src/limits/client-ip.ts': ['addresses'],
  'src/limits/rate-limit.ts': ['refusals', 'addresses', 'limits'],
  'src/kit/device.ts': ['session'],
  'src/kit/digits.ts': ['message', 'phone-number'],
  'src/kit/phone-number.ts': ['phone-number'],
  'src/kit/random.ts': ['secret'],
  'src/kit/secret.ts': ['secret', 'codes'],
};

/** Rules in SQL, and the test files that hold them. */
export const statements: Readonly<Record<string, readonly string[]>> = {
  'src/limits/store.ts': ['allowance', 'addresses', 'limits', 'sweep', 'operator', 'deliveries'],
  'src/sessions/store.ts': ['contract-sessions', 'sweep', 'contract-sign-in'],
  'src/invites/store.ts': ['contract-invites', 'limits', 'once-everywhere', 'forest'],
  'src/sign-in/store.ts': [
    'at-once',
    'codes',
    'limits',
    'sweep',
    'contract-sign-in',
    'contract-invites',
    'test-numbers',
    'operator',
  ],
  'src/sign-in/use-code.ts': ['at-once', 'codes', 'contract-sign-in', 'contract-invites', 'test-numbers'],
  'src/sign-in/delete-expired-challenges.ts': ['sweep'],
};
