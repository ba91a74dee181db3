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

/** Rules in SQL, functions or statements, and the test files that hold them, those that kill the most in the least time first. */
export const statements: Readonly<Record<string, readonly string[]>> = {
  'src/limits/store.ts': ['allowance', 'addresses', 'limits', 'sweep', 'operator', 'deliveries'],
  'src/sessions/store.ts': ['contract-sessions', 'sweep', 'contract-sign-in'],
  'src/invites/store.ts': ['contract-invites', 'limits', 'once-everywhere', 'forest'],
  'src/sign-in/challenge.sql': ['challenge-functions', 'functions'],
  'src/sign-in/count-guess.sql': ['challenge-functions'],
  'src/sign-in/request-code.sql': ['contract-sign-in', 'limits', 'at-once', 'daily-max', 'test-numbers', 'codes'],
  'src/sign-in/sign-in.sql': ['contract-sign-in', 'contract-invites', 'at-once', 'contract-sessions'],
  'src/limits/daily.sql': ['limit-functions'],
  'src/limits/rate-limit.sql': ['limit-functions'],
  'src/limits/refusal.sql': ['limit-functions'],
  'src/limits/rules.sql': ['functions'],
  'src/sign-in/delete-expired-challenges.ts': ['sweep'],
};
