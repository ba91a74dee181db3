import assert from 'node:assert/strict';
import { test } from 'node:test';
import { migrate } from '../src/db/migrate.ts';
import { openDatabase } from '../src/db/open.ts';
import { databaseClock } from '../src/kit/clock.ts';
import { memoryLog } from './support/embedded-database.ts';
import { anyNumber, freshDatabase, openApp, withToken } from './support/harness.ts';
import { countRoundTrips } from './support/round-trips.ts';

test('through a pooler in transaction mode nothing is left on a connection, and everything works', async () => {
  const databaseUrl = await freshDatabase({ migrated: false });
  const wire = await countRoundTrips(databaseUrl);
  const lines: string[] = [];
  const log = memoryLog((line) => lines.push(line));
  const needs = { databaseUrl: wire.url, dataDir: '', poolSize: 2, log, clock: databaseClock };
  const db = await openDatabase({ ...needs, databasePooler: 'transaction' });
  test.after(() => db.close().then(wire.close));
  assert.match(lines.join('\n'), /alter role … set statement_timeout = 8000/);
  await migrate({ sql: db.sql, log });
  const app = await openApp({ databaseUrl, db });
  const inviter = await app.call('GET', '/api/users/me', undefined, withToken(await app.signIn(anyNumber())));
  const token = await app.signIn(anyNumber());
  const redeemed = await app.call(
    'PATCH',
    '/api/users/me/invite_code',
    { invite_code: inviter.data.referal_code },
    withToken(token),
  );
  assert.equal(redeemed.statusCode, 200, redeemed.body);
  for (const { type, text } of wire.said) {
    if (type === '') assert.doesNotMatch(text, /timeout/, 'a start says who we are');
    if (type === 'P') assert.equal(text[0], '\0', `has a name: ${text}`);
    if (type === 'P' || type === 'Q')
      assert.doesNotMatch(
        text,
        /^\0?(set (?!local)|listen|prepare|declare|create temp)|set_config\([^)]*false\)|pg_(try_)?advisory_lock/i,
        text,
      );
  }
  assert.ok(wire.said.filter(({ type }) => type === 'P').length > 5);
});

test('without one, statements are prepared once on each connection, and the limits travel with the start', async () => {
  const databaseUrl = await freshDatabase();
  const wire = await countRoundTrips(databaseUrl);
  const log = memoryLog(() => {});
  const db = await openDatabase({ databaseUrl: wire.url, dataDir: '', poolSize: 1, log, clock: databaseClock });
  for (let times = 0; times < 3; times += 1) await db.run(() => db.sql`select ${times}::int as told`);
  await db.close();
  wire.close();
  assert.equal(wire.said.filter(({ type, text }) => type === 'P' && text.includes('as told')).length, 1);
  assert.ok(wire.said.some(({ type, text }) => type === '' && text.includes('statement_timeout')));
});
