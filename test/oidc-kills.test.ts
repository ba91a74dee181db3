import assert from 'node:assert/strict';
import { after } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { StatementGate } from '../lab/chaos/statement-gate.ts';
import { parseConnectionString } from '../src/db/connection-string.ts';
import { firstOf } from '../src/kit/present.ts';
import { AppProcess } from './support/app-processes.ts';
import { deepTest } from './support/depth.ts';
import { anyNumber, freshDatabase, openApp } from './support/harness.ts';
import { HtmlClient } from './support/html-client.ts';
import {
  type AuthRequest,
  authRequest,
  exchangeForm,
  follow,
  oidc,
  resultOf,
  secret,
  signInFor,
  tokensFor,
} from './support/oidc-client.ts';

const databaseUrl = await freshDatabase();
/** The pages are served here; the processes serve the endpoints. */
const app = await openApp({ oidc, databaseUrl });
const { hosts, user, database } = parseConnectionString(databaseUrl);
const gate = await StatementGate.open(firstOf(hosts), isStep);
after(() => gate.close());
const gateUrl = `postgres://${user}@127.0.0.1:${gate.port}/${database}?sslmode=disable`;
const env = { OIDC: 'on', PUBLIC_URL: 'https://vouch.example' };

const running: Partial<Record<'steady' | 'doomed', AppProcess>> = {};
const steady = () => findOrStart('steady', databaseUrl);
/** The process that is killed: a new one after each kill. */
const doomed = () => findOrStart('doomed', gateUrl);

/** A process that lives as long as its test, or until it is killed. The library is loaded before steps count. */
async function findOrStart(name: 'steady' | 'doomed', url: string): Promise<AppProcess> {
  const known = running[name];
  if (known?.isAlive) return known;
  const made = await AppProcess.start(url, env);
  await (await fetch(`${made.url}/oauth/jwks`)).arrayBuffer();
  running[name] = made;
  return made;
}

deepTest('of fifty exchanges of one code at once over two processes one succeeds', async () => {
  const request = authRequest('shop');
  const { code } = await codeFor(request);
  const all = await fifty((to) => post(to, exchangeForm(request, code)));
  assert.deepEqual(counts(all), { 200: 1, 400: 49 });
});

deepTest('fifty refreshes at once over two processes get one successor, also 4 s later, until it is used', async () => {
  const { refresh_token: first } = await tokensFor(app, 'shop', anyNumber());
  const atOnce = await fifty((to) => refresh(to, first));
  assert.deepEqual(counts(atOnce), { 200: 50 });
  const successors = new Set(atOnce.map(({ body }) => body.refresh_token));
  assert.equal(successors.size, 1);
  await pause(4000);
  const later = await fifty((to) => refresh(to, first));
  assert.deepEqual(counts(later), { 200: 50 });
  assert.deepEqual(new Set(later.map(({ body }) => body.refresh_token)), successors);
  const [second = ''] = successors;
  const used = await fifty((to) => refresh(to, second));
  assert.deepEqual(counts(used), { 200: 50 });
  assert.equal(new Set(used.map(({ body }) => body.refresh_token)).size, 1);
  assert.deepEqual(counts(await fifty((to) => refresh(to, first))), { 400: 50 });
  assert.deepEqual(
    counts(await fifty((to) => refresh(to, used[0]?.body.refresh_token))),
    { 400: 50 },
    'the family is dead',
  );
});

deepTest('late repetitions in three generations in a row, over two processes, revoke the family', async () => {
  const both = [await steady(), await doomed()] as const;
  let { refresh_token: token } = await tokensFor(app, 'shop', anyNumber());
  const statuses: number[] = [];
  for (const generation of [1, 2, 3]) {
    const { body } = await refresh(both[generation % 2] ?? both[0], token);
    for (const one of both) await one.turn(11 * generation);
    const repeated = await refresh(both[(generation + 1) % 2] ?? both[0], token);
    statuses.push(repeated.status);
    token = body.refresh_token;
  }
  assert.deepEqual(statuses, [200, 200, 400]);
  assert.equal((await refresh(both[0], token)).status, 400);
});

deepTest(
  'kill -9 between any two steps of a refresh signs nobody out: the other one or the restarted one serves the token',
  async () => {
    const { refresh_token: any } = await tokensFor(app, 'shop', anyNumber());
    const steps = await stepsOf(async (to) => refresh(to, any));
    const killed: string[] = [];
    for (let at = 0; at <= steps.length; at += 1) {
      const { refresh_token: token } = await tokensFor(app, 'shop', anyNumber());
      await killAt(at, steps, (to) => refresh(to, token));
      killed.push(token);
    }
    const other = await steady();
    const restarted = await doomed();
    const results = await Promise.all(killed.map((token, at) => refresh(at % 2 === 0 ? other : restarted, token)));
    assert.deepEqual(counts(results), { 200: steps.length + 1 }, JSON.stringify(results.map(({ status }) => status)));
    const next = await Promise.all(results.map(({ body }) => refresh(other, body.refresh_token)));
    assert.deepEqual(counts(next), { 200: steps.length + 1 });
    process.stdout.write(`# refresh: killed at ${steps.length + 1} points, 0 signed out: ${steps.join(', ')}\n`);
  },
);

deepTest(
  'kill -9 between any two steps of an exchange of a code: it works until it is consumed, then a new one comes without a page',
  async () => {
    const first = authRequest('shop');
    const { code: any } = await codeFor(first);
    const steps = await stepsOf((to) => post(to, exchangeForm(first, any)));
    const consumedAt = steps.indexOf('consume_oidc_record');
    const other = await steady();
    for (let at = 0; at <= steps.length; at += 1) {
      const request = authRequest('shop');
      const { code, browser } = await codeFor(request);
      await killAt(at, steps, (to) => post(to, exchangeForm(request, code)));
      const again = await post(other, exchangeForm(request, code));
      const step = `killed before step ${at}, ${steps[at] ?? 'the response'}`;
      assert.equal(again.status, at <= consumedAt ? 200 : 400, step);
      const silent = authRequest('shop', { prompt: 'none' });
      const result = resultOf(await follow(browser, await browser.get(silent.url)));
      assert.equal((await post(other, exchangeForm(silent, result.get('code') ?? ''))).status, 200, step);
    }
    process.stdout.write(`# exchange: killed at ${steps.length + 1} points: ${steps.join(', ')}\n`);
  },
);

/** A sign-in at the pages, up to the code. */
async function codeFor(request: AuthRequest): Promise<{ code: string; browser: HtmlClient }> {
  const browser = new HtmlClient(app);
  return { code: resultOf(await signInFor(app, browser, request, anyNumber())).get('code') ?? '', browser };
}

/** The names of the steps of a request, which the process runs undisturbed. */
async function stepsOf(send: (to: AppProcess) => Promise<{ status: number }>): Promise<string[]> {
  const to = await doomed();
  gate.watch();
  assert.equal((await send(to)).status, 200);
  return gate.passed.map(nameOf);
}

/** Kills the process before its n-th step; with n past the last one, before the client has the response. */
async function killAt(at: number, steps: readonly string[], send: (to: AppProcess) => Promise<unknown>): Promise<void> {
  const to = await doomed();
  const reached = gate.stopAt(at);
  const sent = send(to).catch(() => undefined);
  await (at < steps.length ? reached : sent);
  const passed = gate.passed.map(nameOf);
  await to.kill();
  await sent;
  gate.watch();
  assert.deepEqual(passed, steps.slice(0, at));
}

async function fifty(send: (to: AppProcess) => ReturnType<typeof post>) {
  const both = [await steady(), await doomed()] as const;
  gate.watch();
  return Promise.all(Array.from({ length: 50 }, (_, at) => send(both[at % 2] ?? both[0])));
}

function refresh(to: AppProcess, token: string) {
  return post(to, { grant_type: 'refresh_token', refresh_token: token });
}

async function post(to: AppProcess, form: Record<string, string>) {
  const answer = await fetch(`${to.url}/oauth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`shop:${encodeURIComponent(secret)}`).toString('base64')}` },
    body: new URLSearchParams(form),
  });
  return { status: answer.status, body: JSON.parse(await answer.text()) };
}

function counts(all: readonly { readonly status: number }[]): Record<number, number> {
  const found: Record<number, number> = {};
  for (const { status } of all) found[status] = (found[status] ?? 0) + 1;
  return found;
}

/** Statements of background work are no steps of a request. */
function isStep(text: string): boolean {
  return /oidc|from account /.test(text) && !/expired/.test(text);
}

function nameOf(text: string): string {
  return /vouch_\w+\.(\w+)/.exec(text)?.[1] ?? 'select';
}
