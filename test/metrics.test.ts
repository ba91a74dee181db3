import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { pino } from 'pino';
import { parse } from 'yaml';
import { openDatabase } from '../src/db/open.ts';
import { readQueueSnapshot } from '../src/deliveries/queue-snapshot.ts';
import { databaseClock } from '../src/kit/clock.ts';
import { createExposition, type QueueSnapshot } from '../src/metrics/exposition.ts';
import { createMetrics } from '../src/metrics/registry.ts';
import { startMetricsServer } from '../src/metrics/server.ts';
import type { Message, Provider, Sent } from '../src/sms/provider.ts';
import { readWebhookQueue } from '../src/webhooks/queue-store.ts';
import { deepTest } from './support/depth.ts';
import { type Exposition, parseExposition, valuesOf } from './support/exposition.ts';
import {
  type AppOptions,
  anyNumber,
  freshDatabase,
  openApp,
  type TestApp,
  testKey,
  withToken,
} from './support/harness.ts';
import { post, start } from './support/product-process.ts';
import { testProvider } from './support/test-deliveries.ts';
import { workerPids } from './support/worker-pids.ts';

const token = 'a-token-for-those-who-scrape';
const bearer = { authorization: `Bearer ${token}` };

interface Counting extends TestApp {
  text(): Promise<string>;
  told(): Promise<Exposition>;
}

/** The product that counts, and tells the numbers on the main port. */
async function counting(
  providers: readonly Provider[],
  more: AppOptions & { standing?: () => Promise<QueueSnapshot> } = {},
) {
  const counts = createMetrics();
  const databaseUrl = await freshDatabase();
  const log = pino({ level: 'silent' });
  const db = await openDatabase({ databaseUrl, dataDir: '', poolSize: 1, log, clock: databaseClock });
  test.after(() => db.close());
  const read = createExposition({
    snapshots: async () => [await counts.snapshot()],
    readQueue:
      more.standing ?? (async () => ({ ...(await readQueueSnapshot(db)), webhooks: await readWebhookQueue(db) })),
    webhookAttempts: () => ({ delivered: 7, failed: 2 }),
    providers: () => providers.map(({ name }) => name),
    cacheMs: 0,
  });
  const app = await openApp({
    ...more,
    databaseUrl,
    metrics: counts,
    scraping: { token, read },
    sending: { providers, ...more.sending },
  });
  const told = async () => parseExposition(await read());
  return { ...app, text: read, told } as Counting;
}

async function ask(app: TestApp, phone: string): Promise<void> {
  const asked = await app.call('POST', '/api/request-sms/', { phone_number: phone });
  assert.equal(asked.statusCode, 201, asked.body);
  while (app.deliveries.load.sending + app.deliveries.load.waiting > 0) await pause(1);
  await pause(10);
}

async function enter(app: TestApp, phone: string): Promise<string> {
  const answer = await app.call('POST', '/api/verify-sms/', { phone_number: phone, sms_code: app.codeFor(phone) });
  assert.equal(answer.statusCode, 201, answer.body);
  return answer.data.token;
}

const failing =
  (error: 'rejected' | 'refused' | 'throttled' | 'unavailable' | 'unknown') => async (): Promise<Sent> => ({
    ok: false,
    error,
    reason: `it is ${error}`,
  });

deepTest('sends, failover, spend, receipts and completions are counted, each once', async () => {
  const app = await counting(
    [
      testProvider('one', failing('unavailable')),
      testProvider('two', async ({ to }: Message) => ({ ok: true, reference: to }), { onReceipt: () => {} }),
    ],
    { sending: { priceOf: (provider) => (provider === 'two' ? { price: 85_000n, currency: 'EUR' } : undefined) } },
  );
  const [early, late] = [anyNumber(), '+4915123456789'];
  await app.deliveries.receipts('two', [{ reference: early, state: 'delivered' }]);
  await ask(app, early);
  await ask(app, late);
  await app.deliveries.poll();
  await app.deliveries.poll();
  for (const state of ['failed', 'failed', 'delivered', 'delivered', 'failed'] as const)
    await app.deliveries.receipts('two', [{ reference: late, state }]);
  await app.deliveries.receipts('two', [{ reference: 'of nobody', state: 'delivered' }]);
  await enter(app, early);
  const told = await app.told();
  assert.deepEqual(valuesOf(told, 'vouch_delivery_attempts_total'), {
    'sms RU one unavailable': 1,
    'sms RU two accepted': 1,
    'sms DE one unavailable': 1,
    'sms DE two accepted': 1,
  });
  const segments = await app.sql`select country, price::int from delivery where provider = 'two' order by country desc`;
  assert.deepEqual(
    valuesOf(told, 'vouch_spend_total'),
    Object.fromEntries(segments.map(({ country, price }) => [`${country} EUR two`, price / 1e6])),
  );
  assert.deepEqual(valuesOf(told, 'vouch_delivery_receipts_total'), { 'two delivered': 2, 'two failed': 1 });
  assert.deepEqual(valuesOf(told, 'vouch_delivery_receipt_delay_seconds_count'), { two: 2 });
  assert.deepEqual(valuesOf(told, 'vouch_delivery_completions_total'), { 'sms RU two': 1 });
  assert.deepEqual(valuesOf(told, 'vouch_delivery_completion_delay_seconds_count'), { two: 1 });
  assert.ok(valuesOf(told, 'vouch_delivery_completion_delay_seconds_sum').two! > 0);
  assert.deepEqual(valuesOf(told, 'vouch_sign_ins_total'), { new: 1 });
  assert.deepEqual(valuesOf(told, 'vouch_test_number_sign_ins_total'), { '': 0 });
});

deepTest('what is not sent on purpose is dropped, and a sign-in of a test number is one of each', async () => {
  const testNumbers = new Map([['+79160000017', '424242']]);
  const app = await counting([testProvider('one')], { testNumbers, sending: { testNumbers } });
  await ask(app, '+79160000017');
  const entered = { phone_number: '+79160000017', sms_code: '424242' };
  assert.equal((await app.call('POST', '/api/verify-sms/', entered)).statusCode, 201);
  const [late, over] = [anyNumber(), anyNumber()];
  for (const phone of [late, over]) await ask(app, phone);
  await app.sql`update delivery set state = 'waiting', sent_at = null, leased_until = now() + interval '1 minute'
    where phone_number in (${late}, ${over})`;
  await enter(app, over);
  await app.sql`update delivery set leased_until = now() - interval '1 second', useful_until = now() where phone_number = ${late}`;
  await app.deliveries.poll();
  const told = await app.told();
  assert.deepEqual(valuesOf(told, 'vouch_delivery_attempts_total'), {
    'sms RU one dropped': 3,
    'sms RU one accepted': 2,
  });
  assert.deepEqual(valuesOf(told, 'vouch_sign_ins_total'), { new: 2 });
  assert.deepEqual(valuesOf(told, 'vouch_test_number_sign_ins_total'), { '': 1 });
  assert.deepEqual(valuesOf(told, 'vouch_test_number_requests_total'), { taken: 1 });
  assert.deepEqual(valuesOf(told, 'vouch_delivery_completions_total'), {});
});

deepTest('the queue and the state of providers come from the database, and without it the rest is told', async () => {
  let isAway = false;
  const database: { standing?: () => Promise<QueueSnapshot> } = {};
  const app = await counting([testProvider('one', failing('refused')), testProvider('two'), testProvider('three')], {
    standing: async () => (isAway ? new Promise<QueueSnapshot>(() => {}) : database.standing!()),
  });
  const db = await openDatabase({
    databaseUrl: app.databaseUrl,
    dataDir: '',
    poolSize: 1,
    log: pino({ level: 'silent' }),
    clock: databaseClock,
  });
  test.after(() => db.close());
  database.standing = () => readQueueSnapshot(db);
  for (let time = 0; time < 3; time += 1) await ask(app, anyNumber());
  await app.sql`update delivery set state = 'waiting', leased_until = now() + interval '1 minute' where provider = 'two'`;
  await app.sql`insert into breaker (provider, failures, changed_at, reason) values ('two', 1, now(), 'once')`;
  const told = await app.told();
  assert.deepEqual(valuesOf(told, 'vouch_circuit_breaker_state'), { one: 2, two: 1, three: 0 });
  assert.deepEqual(valuesOf(told, 'vouch_delivery_queue_messages'), {
    'one waiting': 0,
    'one sending': 0,
    'two waiting': 3,
    'two sending': 0,
    'three waiting': 0,
    'three sending': 0,
  });
  assert.deepEqual(valuesOf(told, 'vouch_database_up'), { '': 1 });
  isAway = true;
  const without = await app.told();
  assert.deepEqual(valuesOf(without, 'vouch_database_up'), { '': 0 });
  assert.equal(without.types.has('vouch_circuit_breaker_state'), false);
  assert.deepEqual(valuesOf(without, 'vouch_delivery_attempts_total'), valuesOf(told, 'vouch_delivery_attempts_total'));
});

test('after a walk through all doors no number, code, token, address or id is told', async () => {
  const app = await counting([testProvider('one')]);
  const [inviter, invited] = [anyNumber(), anyNumber()];
  const secrets: string[] = [];
  const tokens: string[] = [];
  for (const phone of [inviter, invited]) {
    await ask(app, phone);
    secrets.push(phone, phone.slice(1), app.codeFor(phone));
    tokens.push(await enter(app, phone));
  }
  const mine = await app.call('GET', '/api/users/me', undefined, withToken(tokens[0]!));
  const code = mine.data.referal_code as string;
  await app.call('PATCH', '/api/users/me/invite_code', { invite_code: code }, withToken(tokens[1]!));
  await app.call('GET', `/i/${code}`);
  await app.call('GET', `/api/users/${mine.data.id ?? 'me'}`, undefined, withToken(tokens[0]!));
  await app.call('GET', '/api/users/me/sessions', undefined, withToken(tokens[0]!));
  await app.call('GET', `/api/request-sms/?phone_number=${encodeURIComponent(inviter)}`);
  await app.call('GET', `/callbacks/${inviter}`);
  await app.call('DELETE', '/api/users/me', undefined, withToken(tokens[0]!));
  const text = (await app.text()).replace(/^(process|nodejs)_.*$/gm, '');
  for (const secret of [...secrets, ...tokens, code, '127.0.0.1']) {
    // digits of a code may stand in a number of seconds: it is labels that must not hold it
    const labels = [...text.matchAll(/\{[^}]*\}/g)].join('\n');
    assert.ok(!labels.includes(secret), secret);
  }
  assert.doesNotMatch(text, /[0-9a-f]{8}-[0-9a-f]{4}/);
  assert.ok(text.includes('route="/api/verify-sms/"'));
});

deepTest('a hundred strange requests, providers and countries add no series beyond one', async () => {
  const app = await counting([testProvider('one')]);
  await app.call('GET', '/nowhere');
  await app.call('PROPFIND', '/api/users/me');
  await app.call('GET', '/callbacks/nobody');
  const before = [...(await app.told()).series.keys()].filter((key) => key.startsWith('vouch_'));
  for (let time = 0; time < 100; time += 1) {
    await app.call('GET', `/strange/${time}?phone=${time}`);
    await app.call(
      ['PROPFIND', 'MKCOL', 'PUT', 'DELETE'][time % 4]!,
      ['/api/users/me/invited', '/', '/livez'][time % 3]!,
    );
    await app.call('GET', `/callbacks/nobody-${time}`);
    await app.call('GET', `/%zz${time}`);
  }
  const after = await app.told();
  const added = [...after.series.keys()].filter((key) => key.startsWith('vouch_') && !before.includes(key));
  assert.deepEqual(added, []);
  assert.ok(valuesOf(after, 'vouch_http_request_duration_seconds_count')['other none 4xx']! >= 202);

  const counts = createMetrics();
  for (let time = 0; time < 100; time += 1) {
    counts.receipt(`provider-${time}`, 'failed', null);
    counts.delivered({ country: `${time}`, channel: 'sms', provider: 'provider-1' }, 'accepted');
  }
  const snapshot = await counts.snapshot();
  const seriesOf = (name: string) => snapshot.find((one) => one.name === name)!.values.length;
  assert.equal(seriesOf('vouch_delivery_receipts_total'), 41);
  assert.equal(seriesOf('vouch_delivery_attempts_total'), 1);
});

test('the main port tells the numbers to the token alone, and has no such address where there is none', async () => {
  const app = await counting([testProvider('one')]);
  const told = await app.call('GET', '/metrics', undefined, bearer);
  assert.equal(told.statusCode, 200);
  assert.equal(told.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  assert.equal(told.headers['cache-control'], 'no-store');
  assert.ok(parseExposition(told.body).types.size > 20);
  for (const headers of [
    {},
    { authorization: `Bearer ${token}x` },
    { authorization: 'Bearer' },
    { authorization: token },
  ]) {
    const refused = await app.call('GET', '/metrics', undefined, headers);
    assert.equal(refused.statusCode, 401, JSON.stringify(headers));
    assert.match(String(refused.headers['www-authenticate']), /^Bearer realm=/);
    assert.doesNotMatch(refused.body, /vouch_/);
  }
  assert.equal((await app.call('GET', `/metrics?token=${token}`)).statusCode, 401);
  const silent = await openApp();
  assert.equal((await silent.call('GET', '/metrics', undefined, bearer)).statusCode, 404);
});

deepTest('what the door refuses for lack of time is counted', async () => {
  const app = await counting([testProvider('one')], { concurrencyBounds: { min: 1, max: 1, initial: 1 } });
  const mine = withToken(await app.signIn(anyNumber()));
  const url = await app.server.listen({ host: '127.0.0.1', port: 0 });
  const answers = await Promise.all(Array.from({ length: 20 }, () => fetch(`${url}/api/users/me`, { headers: mine })));
  const refused = answers.filter(({ status }) => status === 503).length;
  assert.ok(refused > 0);
  assert.deepEqual(valuesOf(await app.told(), 'vouch_overload_refusals_total'), { '': refused });
});

test('a port of its own tells them to GET and HEAD at one address', async () => {
  const lines: string[] = [];
  const log = pino({ level: 'info' }, { write: (line) => void lines.push(line) });
  const port = await startMetricsServer({ host: '127.0.0.1', port: 0 }, { exposition: async () => 'a 1\n', log });
  test.after(() => port.close());
  const url = /http:[^"]+/.exec(lines.join())![0];
  const told = await fetch(url);
  assert.deepEqual([told.status, await told.text()], [200, 'a 1\n']);
  assert.deepEqual(
    [(await fetch(url, { method: 'HEAD' })).status, (await fetch(url, { method: 'POST' })).status],
    [200, 405],
  );
  assert.equal((await fetch(new URL('/', url))).status, 404);
});

deepTest('with two workers a scrape tells the sum, on either port, and it never falls when a worker dies', async () => {
  const product = start({
    DATABASE_URL: await freshDatabase(),
    SECRET_KEYS: testKey,
    WORKERS: '2',
    METRICS_PORT: '0',
    METRICS_TOKEN: token,
  });
  const url = await product.ready;
  const port = /"url":"(http:[^"]+)","msg":"metrics server listening"/.exec(product.output())![1]!;
  const scrape = async (from: string, headers = {}) => parseExposition(await (await fetch(from, { headers })).text());
  const phones = Array.from({ length: 20 }, anyNumber);
  for (const phone of phones)
    assert.equal((await post(`${url}/api/request-sms/`, { phone_number: phone })).status, 201);
  await until(
    async () => valuesOf(await scrape(port), 'vouch_delivery_attempts_total')['sms RU console accepted'] === 20,
  );
  const asked = 'POST /api/request-sms/ 2xx';
  assert.equal(valuesOf(await scrape(port), 'vouch_http_request_duration_seconds_count')[asked], 20);
  const there = await scrape(`${url}/metrics`, bearer);
  assert.equal(valuesOf(there, 'vouch_delivery_attempts_total')['sms RU console accepted'], 20);
  assert.deepEqual(valuesOf(there, 'vouch_circuit_breaker_state'), { console: 0 });
  assert.equal((await fetch(`${url}/metrics`)).status, 401);
  process.kill(workerPids(product.child.pid!)[0]!, 'SIGKILL');
  await until(() => /worker exited/.test(product.output()));
  for (let time = 0; time < 5; time += 1) {
    assert.equal(valuesOf(await scrape(port), 'vouch_delivery_attempts_total')['sms RU console accepted'], 20);
    await pause(50);
  }
  // nobody scrapes between this one and the end of those who counted it
  await post(`${url}/api/request-sms/`, { phone_number: anyNumber() });
  product.child.kill('SIGHUP');
  await until(() => /configuration reloaded/.test(product.output()));
  await post(`${url}/api/request-sms/`, { phone_number: anyNumber() });
  await until(
    async () => valuesOf(await scrape(port), 'vouch_delivery_attempts_total')['sms RU console accepted'] === 22,
  );
});

test('attempts of webhooks, waiting events and endpoints by state are told, without an id', async () => {
  const app = await counting([testProvider('one')]);
  const endpoint = (id: string, failing: boolean, disabled: boolean) =>
    app.sql`insert into webhook_endpoint (id, url, description, events, with_numbers, secret, created_at, failing_since,
        disabled_at, disabled_reason)
      values (${id}, 'https://hooks.example.com', '', '{user.created}', false, '\\x00', now(),
        ${failing ? new Date() : null}, ${disabled ? new Date() : null}, ${disabled ? 'gone' : null})`;
  await endpoint('a1', false, false);
  await endpoint('a2', true, false);
  await endpoint('a3', true, true);
  await app.sql`insert into webhook_delivery (endpoint_id, seq, event_id, type, at, data, state, next_at)
    select 'a1', n, 'e' || n, 'user.created', now(), '{}', case when n < 4 then 'waiting' else 'delivered' end,
      case when n < 4 then now() end from generate_series(1, 9) n`;
  const told = await app.told();
  assert.deepEqual(valuesOf(told, 'vouch_webhook_attempts_total'), { delivered: 7, failed: 2 });
  assert.deepEqual(valuesOf(told, 'vouch_webhook_waiting_events'), { '': 3 });
  assert.deepEqual(valuesOf(told, 'vouch_webhook_endpoints'), { working: 1, failing: 1, disabled: 1 });
  assert.ok(!(await app.text()).includes('a2'));
});

test('the dashboard and the alerts use metrics that are told, with labels that they have', async () => {
  const app = await counting([testProvider('one')]);
  const { types } = await app.told();
  const read = (path: string) => readFile(new URL(`../deploy/${path}`, import.meta.url), 'utf8');
  const dashboard = JSON.parse(await read('grafana/vouch.json')) as {
    panels: { title: string; targets?: { expr: string }[]; description?: string; type: string }[];
  };
  const alerts = parse(await read('prometheus/alerts.yml')) as {
    groups: {
      rules: { alert: string; expr: string; annotations: { summary: string }; labels: { severity: string } }[];
    }[];
  };
  const rules = alerts.groups.flatMap((group) => group.rules);
  const panels = dashboard.panels.filter(({ type }) => type !== 'row');
  for (const { title, description, targets } of panels) assert.ok(description && targets!.length > 0, title);
  for (const { alert, annotations, labels } of rules) assert.ok(annotations.summary && labels.severity, alert);
  const uses = [...panels.flatMap(({ targets }) => targets!.map(({ expr }) => expr)), ...rules.map(({ expr }) => expr)];
  assert.ok(uses.length > 25);
  const used = new Set(uses.flatMap((expr) => expr.match(/\b(vouch|process|nodejs)_[a-z0-9_]+/g) ?? []));
  const names = [...types].flatMap(([name, type]) =>
    type === 'histogram' ? ['bucket', 'sum', 'count'].map((end) => `${name}_${end}`) : [name],
  );
  for (const name of used) assert.ok(names.includes(name), `${name} is not told`);
  for (const [name, type] of types) {
    if (name.startsWith('vouch_'))
      assert.ok(
        [...used].some((one) => one.startsWith(name)),
        `${name} is on no panel`,
      );
    if (name.startsWith('vouch_')) assert.equal(name.endsWith('_total'), type === 'counter', name);
  }
});

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 20_000; !(await holds()); await pause(20)) assert.ok(Date.now() < end, 'in time');
}
