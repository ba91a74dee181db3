import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { openDatabase } from '../src/db/open.ts';
import { databaseClock } from '../src/kit/clock.ts';
import { anyNumber, freshDatabase, openApp, withToken } from './harness.ts';
import { countedWire } from './wire.ts';

const silent = pino({ level: 'silent' });

test('while the database is away every call is refused with the time to come back, and nothing is sent or signed in', async () => {
  const databaseUrl = await freshDatabase();
  const wire = await countedWire(databaseUrl);
  const db = await openDatabase({ databaseUrl: wire.url, dataDir: '', poolSize: 2, log: silent, clock: databaseClock });
  const app = await openApp({ databaseUrl, db });
  const number = anyNumber();
  const token = await app.signIn(number);
  const other = anyNumber();
  await app.call('POST', '/api/request-sms/', { phone_number: other });
  const sent = app.sent.length;
  wire.close();
  const calls = [
    ['POST', '/api/request-sms/', { phone_number: anyNumber() }],
    ['POST', '/api/verify-sms/', { phone_number: other, sms_code: app.codeFor(other) }],
    ['GET', '/api/users/me', undefined],
    ['PATCH', '/api/users/me', { first_name: 'Анна' }],
    ['PATCH', '/api/users/me/invite_code', { invite_code: 'BCDFGH' }],
    ['DELETE', '/api/users/me', undefined],
  ] as const;
  for (const [method, url, body] of calls) {
    const answer = await app.call(method, url, body, withToken(token));
    assert.equal(answer.statusCode, 503, `${method} ${url}: ${answer.body}`);
    assert.match(String(answer.headers['retry-after']), /^[1-9]\d*$/);
    assert.equal(answer.data.code, 'unavailable');
  }
  const page = await app.server.inject({
    method: 'GET',
    url: '/success/',
    headers: { cookie: `__Host-session=${token}` },
  });
  assert.equal(page.statusCode, 503);
  assert.equal((await app.server.inject('/readyz')).statusCode, 503);
  assert.equal((await app.server.inject('/livez')).statusCode, 200);
  assert.equal(app.sent.length, sent);
  await db.close();
});
