import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDatabase, type Database } from '../src/db/database.ts';
import { random } from '../src/kit/random.ts';
import { recordKey } from '../src/oidc/record-key.ts';
import { anyNumber, openApp } from './support/harness.ts';
import { HtmlClient } from './support/html-client.ts';
import { authRequest, exchange, oidc, post, resultOf, signInFor, tokensFor } from './support/oidc-client.ts';

const app = await openApp({ oidc });
/** Another server with connections of its own, as another process is. */
const other = await openApp({ oidc, databaseUrl: app.databaseUrl });
const apps = [app, other] as const;

const refresh = (token: string, by = app) =>
  post(by, '/oauth/token', 'shop', { grant_type: 'refresh_token', refresh_token: token });

/** Fifty exchanges of one token at once, over both servers. */
async function fifty(token: string) {
  const all = await Promise.all(Array.from({ length: 50 }, (_, at) => refresh(token, apps[at % 2])));
  return {
    statuses: new Set(all.map(({ status }) => status)),
    tokens: new Set(all.map(({ body }) => body.refresh_token)),
  };
}

test('of fifty exchanges of one code at once over two servers one succeeds', async () => {
  const request = authRequest('shop');
  const code = resultOf(await signInFor(app, new HtmlClient(app), request, anyNumber())).get('code') ?? '';
  const all = await Promise.all(Array.from({ length: 50 }, (_, at) => exchange(apps[at % 2] ?? app, request, code)));
  assert.equal(all.filter(({ status }) => status === 200).length, 1);
  for (const { status, body } of all) if (status !== 200) assert.equal(body.error, 'invalid_grant');
});

test('fifty refreshes at once get one successor, also 4 s later; after its first use the old token ends the family', async () => {
  const { refresh_token: first } = await tokensFor(app, 'shop', anyNumber());
  const atOnce = await fifty(first);
  assert.deepEqual([...atOnce.statuses], [200]);
  assert.equal(atOnce.tokens.size, 1);
  for (const one of apps) one.clock.turn(4);
  const later = await fifty(first);
  assert.deepEqual([...later.statuses], [200]);
  assert.deepEqual(later.tokens, atOnce.tokens);
  const [second = ''] = atOnce.tokens;
  const next = await refresh(second);
  assert.equal(next.status, 200);
  assert.deepEqual([(await refresh(first)).status, (await refresh(first)).body.error], [400, 'invalid_grant']);
  assert.equal((await refresh(next.body.refresh_token)).body.error, 'invalid_grant', 'the family is dead');
  const headers = { authorization: `Bearer ${next.body.access_token}` };
  assert.equal((await app.server.inject({ url: '/oauth/userinfo', headers })).statusCode, 401);
});

test('late repetitions in three generations in a row revoke the family; in two they do not', async () => {
  let { refresh_token: token } = await tokensFor(app, 'shop', anyNumber());
  for (const expected of [200, 200, 400]) {
    const { body } = await refresh(token);
    app.clock.turn(11);
    assert.equal((await refresh(token)).status, expected);
    token = body.refresh_token;
  }
  assert.equal((await refresh(token)).status, 400);
});

test('the response that is kept can be opened by the token alone', async () => {
  const { refresh_token: token } = await tokensFor(app, 'shop', anyNumber());
  const { body } = await refresh(token);
  const [row] = await app.sql`select sealed, payload from oidc_record where key = ${recordKey('RefreshToken', token)}`;
  assert.ok(row?.sealed.length > 100);
  assert.equal(row?.sealed.includes(body.refresh_token), false);
});

test('a process that was killed during an exchange signs nobody out', async () => {
  const { refresh_token: token } = await tokensFor(app, 'shop', anyNumber());
  // the other process has begun, and is gone
  const [begun] = await app.sql`select expires_at from oidc_record where key = ${recordKey('RefreshToken', token)}`;
  assert.ok(begun);
  await app.sql`update oidc_record set consumed_at = now() + ${app.clock.aheadMs}::float8 * interval '1 ms',
    attempt = ${random.id()}::uuid where key = ${recordKey('RefreshToken', token)}`;
  app.clock.turn(11);
  const next = await refresh(token);
  assert.equal(next.status, 200);
  assert.equal((await refresh(next.body.refresh_token)).status, 200);
});

test('while the database is away at any step the answer is 503, and the same token works afterwards', async () => {
  const plan: { name?: string | undefined; when?: 'before' | 'after' } = {};
  const real = createDatabase(app.sql, app.clock);
  const lost = () => Object.assign(new Error('the connection is lost'), { code: 'CONNECTION_CLOSED' });
  const call: Database['call'] = async (name, input) => {
    if (plan.name === name && plan.when === 'before') throw lost();
    const rows = await real.call(name, input);
    if (plan.name === name) throw lost();
    return rows as never;
  };
  const run: Database['run'] = async (...work) => {
    if (plan.name === 'select') throw lost();
    return real.run(...work);
  };
  const faulty = await openApp({ oidc, databaseUrl: app.databaseUrl, db: { ...real, call, run } });
  for (const name of ['select', 'find_oidc_record', 'exchange_oidc_token', 'put_oidc_record', 'finish_oidc_exchange'])
    for (const when of ['before', 'after'] as const) {
      const { refresh_token: token } = await tokensFor(app, 'shop', anyNumber());
      Object.assign(plan, { name, when });
      const answer = await refresh(token, faulty);
      assert.deepEqual([answer.status, answer.body.error], [503, 'temporarily_unavailable'], `${when} ${name}`);
      plan.name = undefined;
      app.clock.turn(11);
      const next = await refresh(token);
      assert.equal(next.status, 200, `${when} ${name}`);
      assert.equal((await refresh(next.body.refresh_token)).status, 200, `${when} ${name}`);
    }
});
