import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { httpProvider } from '../src/sms/http.ts';
import type { Message, Sent } from '../src/sms/provider.ts';
import { anyNumber, openApp } from './support/harness.ts';
import { provider } from './support/provider-contract.ts';
import { testProvider } from './support/test-deliveries.ts';

test('while the sender hangs, answers do not wait and no lock or transaction stays open', async () => {
  const begun: Message[] = [];
  const hanging = testProvider('console', (one, signal) => {
    begun.push(one);
    return new Promise<Sent>((resolve) =>
      signal.addEventListener('abort', () => resolve({ ok: false, error: 'unknown', reason: 'cut off' })),
    );
  });
  const app = await openApp({ sending: { providers: [hanging] } });
  const number = anyNumber();
  const asking = app.call('POST', '/api/request-sms/', { phone_number: number });
  const asked = await Promise.race([asking, pause(5000, undefined, { ref: false })]);
  assert.equal(asked?.statusCode, 201, 'the answer does not wait');
  while (begun.length === 0) await pause(1);
  const [open] = await app.sql<{ transactions: number; locks: number }[]>`
    select (select count(*)::int from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle') as transactions,
      (select count(*)::int from pg_locks l join pg_database d on d.oid = l.database
        where d.datname = current_database() and l.pid <> pg_backend_pid()) as locks`;
  assert.deepEqual({ ...open }, { transactions: 0, locks: 0 });
  const verified = await app.call('POST', '/api/verify-sms/', { phone_number: number, sms_code: begun[0]!.code });
  assert.equal(verified.statusCode, 201, 'whoever has the code need not wait for the sender');
  await app.deliveries.close(0);
});

test('a redirect of the sender is not followed', async () => {
  const other = await provider((_, reply) => reply.writeHead(200).end());
  const redirecting = await provider((_, reply) => reply.writeHead(307, { location: other.origin }).end());
  const settings = { url: redirecting.origin, method: 'POST', headers: {}, body: '{"to":"{to}"}' } as const;
  const app = await openApp({ sending: { providers: [httpProvider(settings)] } });
  const asked = await app.call('POST', '/api/request-sms/', { phone_number: anyNumber() });
  assert.equal(asked.statusCode, 201);
  await app.deliveries.close(5000);
  assert.deepEqual([redirecting.seen.length, other.seen.length], [1, 0]);
  const [row] = await app.sql`select state, error, reason from delivery`;
  assert.deepEqual({ ...row }, { state: 'failed', error: 'unavailable', reason: 'HTTP 307' });
});
