import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createInbox } from '../src/sms/inbox.ts';
import { assertHealthy } from './support/assert-healthy.ts';
import { assertMatchesOpenApi } from './support/assert-openapi.ts';
import { dealt, isFullDepth, repetitions } from './support/depth.ts';
import { type Answer, anyNumber, openApp, withToken } from './support/harness.ts';
import {
  assertRefused,
  hostileBodies,
  hostileTypes,
  hostileValues,
  type Operation,
  operationsOf,
} from './support/hostile-values.ts';

const seed = 20_240_607;
const app = await openApp({ networkMessagesPerHour: 1_000_000, inbox: createInbox() });
const operations = operationsOf(app.server);
let token = await app.signIn(anyNumber());

for (const [turn, operation] of operations.entries()) {
  test(`${operation.name} answers hostile values as described, with a token and without`, async () => {
    for (const members of inTurn(operation.body ?? {})) await both(operation, { body: JSON.stringify(members) });
    for (const query of inTurn(operation.query)) await both(operation, { query });
    for (const params of inTurn(operation.params)) await both(operation, { params });
    for (const headers of inTurn(operation.headers)) await both(operation, { headers: printable(headers) });
    for (const authorization of dealt(hostileValues, turn, 16)) {
      await send(operation, { headers: printable({ authorization: `Token ${authorization}` }) });
      await send(operation, { headers: printable({ authorization }) });
    }
    if (!operation.body) return;
    for (const body of hostileBodies) await both(operation, { body });
    for (const type of hostileTypes) {
      const answer = await send(operation, { body: JSON.stringify(operation.body), headers: { 'content-type': type } });
      assert.ok(answer.statusCode >= 400 || /^application\/json\s*(;|$)/i.test(type.trim()), `${type} was taken`);
    }
  });

  test(`${operation.name} answers random values as described`, async () => {
    const value = fc.oneof(
      fc.constantFrom(...hostileValues),
      fc.jsonValue(),
      fc.string({ unit: 'binary', maxLength: 300 }),
    );
    const some = (members: object) =>
      fc.record(Object.fromEntries(Object.keys(members).map((name) => [name, value])), { requiredKeys: [] });
    const request = fc.record({
      body: some(operation.body ?? {}),
      query: some(operation.query),
      params: some(operation.params),
    });
    await fc.assert(
      fc.asyncProperty(request, fc.boolean(), async ({ body, query, params }, withOne) => {
        const headers = withOne ? withToken(token) : {};
        await send(operation, { ...(operation.body ? { body: JSON.stringify(body) } : {}), query, params, headers });
      }),
      { seed, numRuns: repetitions(60, 6) },
    );
  });

  test(`${operation.name} refuses every other method in the form of all errors`, async () => {
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE']) {
      if (operations.some((one) => one.path === operation.path && one.method === method)) continue;
      const answer = await inject({ method, url: urlOf(operation, {}) });
      assert.equal(answer.statusCode, 405, `${method} ${operation.path}`);
      assertRefused(answer, `${method} ${operation.path}`);
      assert.ok(String(answer.headers.allow).split(', ').includes(operation.method));
    }
  });
}

test('hostile methods, paths, headers and cookies to every call leave the process as it was', async (t) => {
  const paths = [...new Set(operations.map((operation) => urlOf(operation, {})))];
  await assertHealthy(t, { seed, requests: (isFullDepth ? 100 : 2) * paths.length, paths });
});

interface Sent {
  body?: string | Buffer;
  query?: object;
  params?: object;
  headers?: Record<string, string>;
}

async function both(operation: Operation, sent: Sent): Promise<void> {
  await send(operation, sent);
  await send(operation, { ...sent, headers: { ...withToken(token), ...sent.headers } });
}

async function send(operation: Operation, sent: Sent): Promise<Answer> {
  const { method } = operation;
  const url = urlOf(operation, sent);
  const body = sent.body ?? (operation.body && JSON.stringify(operation.body));
  const headers = { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...sent.headers };
  const answer = await inject({ method, url, headers, ...(body === undefined ? {} : { payload: body }) });
  const what = `${method} ${url} ${JSON.stringify(headers)} ${String(body)}`.slice(0, 400);
  assert.ok(answer.statusCode < 500, `${what}: ${answer.statusCode} ${app.log.at(-2)}`);
  if (answer.statusCode >= 400) assertRefused(answer, what);
  assertMatchesOpenApi(app.server, method, url, answer);
  // what ended the session, or the account, has done what it is for
  if (answer.statusCode === 204) token = await app.signIn(anyNumber());
  return answer;
}

async function inject(request: object): Promise<Answer> {
  return (await app.server.inject(request)) as Answer;
}

function urlOf({ path, params }: Operation, sent: Sent): string {
  const filled = { ...params, ...sent.params } as Record<string, unknown>;
  const url = path.replace(/\{(\w+)\}/g, (_, name) => encoded(filled[name]) || 'x');
  const query = Object.entries(sent.query ?? {}).map(([name, value]) => `${encoded(name)}=${encoded(value)}`);
  return query.length > 0 ? `${url}?${query.join('&')}` : url;
}

function encoded(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  // a client would take a dot segment as a step up
  return /^\.{1,2}$/.test(text) ? 'dots' : encodeURIComponent(text.toWellFormed());
}

/** Each member in turn replaced by each hostile value, and left out. */
function* inTurn(members: object): Generator<Record<string, unknown>> {
  for (const [turn, name] of Object.keys(members).entries()) {
    for (const value of dealt(hostileValues, turn, 6)) yield { ...members, [name]: value };
    const { [name as never]: _, ...others } = members;
    yield others;
  }
}

/** What a header can carry at all. */
function printable(headers: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      String(JSON.stringify(value) ?? '')
        .replace(/[^\x20-\x7e]/g, '?')
        .slice(0, 12_000),
    ]),
  );
}
