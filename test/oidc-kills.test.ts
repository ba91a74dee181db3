import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
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

deepTest(
  'kill -9 between any two steps of a code of an app without a browser: the app goes on, and a message gives one code at most',
  async () => {
    const [other, any] = [await steady(), await askedFor(anyNumber())];
    let aheadSeconds = 0;
    const steps = await stepsOf((to) => challenge(to, any.entry));
    const signsIn = steps.indexOf('sign_in_app');
    assert.ok(signsIn > 0, steps.join());
    for (let at = 0; at <= steps.length; at += 1) {
      const step = `killed before step ${at}, ${steps[at] ?? 'the response'}`;
      const { number, pkce, verifier, entry } = await askedFor(anyNumber());
      let told: Awaited<ReturnType<typeof challenge>> | undefined;
      await killAt(at, steps, async (to) => {
        told = await challenge(to, entry);
      });
      const [retried, again] = [await challenge(other, entry), await challenge(other, entry)];
      assert.equal(retried.status, at <= signsIn ? 200 : 400, `${step}: ${JSON.stringify(retried.body)}`);
      assert.equal((await codesOf(number)) <= 1, true, step);
      // the app is told to send another code, or to start again
      for (const { status, body } of at <= signsIn ? [again] : [retried, again]) {
        const error = body.code ?? body.error;
        assert.ok(status === 400 && ['wrong_code', 'invalid_session'].includes(error), `${step}: ${error}`);
      }
      const codes = [told, retried].flatMap((one) => one?.body.authorization_code ?? []);
      assert.equal(
        codes.length,
        at <= signsIn || at === steps.length ? 1 : 0,
        `${step}: nothing that was told is lost`,
      );
      if (codes.length === 0) {
        const mayResend = retried.body.error === 'insufficient_authorization';
        const { auth_session } = entry;
        const next = mayResend ? { auth_session, resend: 'true' } : { login_hint: number, ...pkce };
        const early = await challenge(other, next);
        if (early.status === 429) {
          aheadSeconds += early.body.retry_in;
          await other.turn(aheadSeconds);
        }
        const { body } = early.status === 429 ? await challenge(other, next) : early;
        const entered = await challenge(other, { auth_session: body.auth_session, otp: await otpFor(number) });
        assert.equal(entered.status, 200, `${step}: ${JSON.stringify(entered.body)}`);
        codes.push(entered.body.authorization_code);
      }
      const grant = { grant_type: 'authorization_code', client_id: 'phone', code_verifier: verifier };
      const redeemed = await form(other, '/oauth/token', { ...grant, code: String(codes[0]) });
      assert.equal(redeemed.status, 200, `${step}: ${JSON.stringify(redeemed.body)}`);
    }
    process.stdout.write(`# code of an app: killed at ${steps.length + 1} points: ${steps.join(', ')}\n`);
  },
);

/** An app that has asked for a code, and the request that enters it. */
async function askedFor(number: string) {
  const verifier = randomBytes(32).toString('base64url');
  const pkce = {
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  };
  const { body } = await challenge(await steady(), { login_hint: number, ...pkce });
  assert.ok(body.auth_session, JSON.stringify(body));
  return { number, verifier, pkce, entry: { auth_session: String(body.auth_session), otp: await otpFor(number) } };
}

async function otpFor(number: string): Promise<string> {
  const [newest] = await (await steady()).codes(number);
  return newest ?? assert.fail(`no code for ${number}`);
}

const challenge = (to: AppProcess, fields: Record<string, string>) =>
  form(to, '/authorize-challenge', { client_id: 'phone', ...fields });

async function form(to: AppProcess, path: string, fields: Record<string, string>) {
  const answer = await fetch(`${to.url}${path}`, { method: 'POST', body: new URLSearchParams(fields) });
  return { status: answer.status, body: JSON.parse(await answer.text()) };
}

/** The authorization codes that a number has got. */
async function codesOf(number: string): Promise<number> {
  const rows = await app.sql`select from oidc_record r join account a on a.id::text = r.payload ->> 'accountId'
    where a.phone_number = ${number} and r.key like 'AuthorizationCode:%'`;
  return rows.length;
}

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
  return /oidc|from account |sign_in_app|auth_session/.test(text) && !/expired/.test(text);
}

function nameOf(text: string): string {
  return /vouch_\w+\.(\w+)/.exec(text)?.[1] ?? 'select';
}
