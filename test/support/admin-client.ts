import type { InjectOptions } from 'fastify';
import { keyDefaults } from '../../src/api-keys/api-key.ts';
import { addKey } from '../../src/api-keys/manage-keys.ts';
import { createDatabase } from '../../src/db/database.ts';
import { type Scope, scopes } from '../../src/operators/act.ts';
import { assertMatchesDocument, type Document } from './assert-openapi.ts';
import type { Answer, TestApp } from './harness.ts';

/** A client of the management API. */
export interface AdminClient {
  readonly keyId: string;
  readonly key: string;
  /** A request below `/admin/v1`, or of a path that begins with `/v1/`, whose answer is checked against the document; a write has a new idempotency key. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
}

const silent = () => {};
let counter = 0;

/** Issues a key with these scopes, all by default. */
export async function openAdminClient(
  app: TestApp,
  options: { scopes?: readonly Scope[]; networks?: readonly string[]; requestsPerMinute?: number } = {},
): Promise<AdminClient> {
  const db = app.clock.over(createDatabase(app.sql, app.clock));
  const log = { debug: silent, info: silent, warn: silent, error: silent, fatal: silent };
  const { lifetimeDays } = keyDefaults;
  const input = { name: 'test', scopes, networks: [], lifetimeDays, requestsPerMinute: 100_000, ...options };
  const added = await addKey({ db, log }, { kind: 'command_line', id: 'test' }, input);
  if (!added.ok) throw new Error(added.code);
  const { id: keyId, key } = added;
  return { keyId, key, call: (...request) => adminCall(app, key, ...request) };
}

/** A request with this text in `Authorization: Bearer`. */
export async function adminCall(
  app: TestApp,
  key: string | undefined,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const url = path.startsWith('/v1/') ? path : `/admin/v1${path}`;
  counter += 1;
  const request: InjectOptions = {
    method: method as 'GET',
    url,
    headers: {
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(method === 'GET' ? {} : { 'idempotency-key': `"test-${counter}"` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
  };
  const answer = (await app.server.inject(request)) as Answer;
  answer.data = /^application\/(?:problem\+)?json/.test(String(answer.headers['content-type']))
    ? answer.json()
    : undefined;
  assertMatchesDocument(await adminDocument(app), method, url, answer);
  return answer;
}

const documents = new WeakMap<TestApp, Document>();

/** The OpenAPI document of the management API. */
export async function adminDocument(app: TestApp): Promise<Document> {
  const known = documents.get(app) ?? (await app.server.inject('/admin/openapi.json')).json<Document>();
  documents.set(app, known);
  return known;
}
