// Better Auth with its phone-number plugin on PostgreSQL, as its documentation has it: node better-auth.js
import { createServer } from 'node:http';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';
import { phoneNumber } from 'better-auth/plugins';
import pg from 'pg';

const { DATABASE_URL: connectionString, SMS_HTTP_URL: sender, CACHE } = process.env;
const options = {
  baseURL: 'http://127.0.0.1',
  secret: 'a-key-for-benchmarks-that-is-long-enough-0123456789',
  database: new pg.Pool({ connectionString, max: 10 }),
  rateLimit: { enabled: false },
  logger: { disabled: true },
  telemetry: { enabled: false },
  trustedOrigins: ['http://127.0.0.1'],
  session: { cookieCache: { enabled: CACHE === 'on', maxAge: 300 } },
  plugins: [
    phoneNumber({
      // not waited for, as its documentation advises
      sendOTP: ({ phoneNumber: to, code }) =>
        void fetch(sender, { method: 'POST', body: JSON.stringify({ to, text: `#${code}` }) }).then((answer) =>
          answer.arrayBuffer(),
        ),
      signUpOnVerification: {
        getTempEmail: (number) => `${number.slice(1)}@vouch.example`,
        getTempName: (number) => number,
      },
    }),
  ],
};
const { runMigrations } = await getMigrations(options);
await runMigrations();
const server = createServer(toNodeHandler(betterAuth(options))).listen(0, '127.0.0.1', () => {
  process.stdout.write(`port ${server.address().port}\n`);
});
