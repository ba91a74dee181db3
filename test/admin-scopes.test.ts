import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Act, acts, scopes } from '../src/operators/act.ts';
import { openAdminClient } from './support/admin-client.ts';
import { openApp } from './support/harness.ts';

/** The calls of the document, each with the scope that it names. */
interface Documented {
  readonly method: string;
  readonly path: string;
  /** Each of them is enough. */
  readonly scopes: readonly string[];
}

const app = await openApp({ managementApi: true });
const document = (await app.server.inject('/admin/openapi.json')).json();
const calls: Documented[] = Object.entries<Record<string, { security: { key: string[] }[] }>>(document.paths).flatMap(
  ([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path: path.replace('/admin/v1', ''),
      scopes: operation.security.flatMap(({ key }) => key),
    })),
);
const unknownId = '00000000-0000-4000-8000-000000000000';

/** Bodies and parameters that are valid, so that the rights alone decide. */
const inputs: Record<string, { path?: string; body?: object }> = {
  'GET /exports/{list}': { path: '/exports/users' },
  'GET /trace': { path: '/trace?phone=%2B79160000001' },
  'POST /users/{id}/block': { body: {} },
  'POST /webhooks': { body: { url: 'https://hooks.example.com/', events: ['user.created'] } },
  'POST /clients': { body: { client_id: 'x', redirect_uris: ['https://x.example/'] } },
  'POST /clients/{id}/rotate': { body: {} },
  'PATCH /webhooks/{id}': { body: {} },
  'POST /webhooks/{id}/rotate': { body: {} },
  'POST /webhooks/{id}/replay': { body: { after: 0, until: 9 } },
  'PATCH /users/{id}': { body: {} },
  'POST /users/{id}/end-sessions': { body: {} },
  'PATCH /users/{id}/invite': { body: { is_open: false } },
  'POST /unlock': { body: { phone: '+79160000001' } },
  'POST /imports': { body: {} },
  'POST /v1/verifications': { body: { to: '+79160000001' } },
  'POST /v1/verifications/{id}/check': { body: { code: '123456' } },
  'POST /blocks': { body: { kind: 'country', value: 'IS', reason: 'Test' } },
};

test('each call names scopes of the table of acts', () => {
  const known = new Set<string>(Object.values(acts).flatMap(({ scope }) => scope ?? []));
  for (const { method, path, scopes: named } of calls) {
    const isRight = path === '/key' || (named.length > 0 && named.every((scope) => known.has(scope)));
    assert.ok(isRight, `${method} ${path}: ${named}`);
  }
});

test('every call works with the scope that it names, and with no other: nothing more, nothing less', async (t) => {
  let pairs = 0;
  for (const held of scopes) {
    const client = await openAdminClient(app, { scopes: [held] });
    const missing = new Set<string>();
    for (const { method, path, scopes: enough } of calls) {
      pairs += 1;
      const { path: valid = path, body } = inputs[`${method} ${path}`] ?? {};
      const answer = await client.call(method, valid.replace(/\{\w+\}/g, unknownId), body);
      const where = `${method} ${path} with ${held}: ${answer.body}`;
      assert.notEqual(answer.statusCode, 400, `the input is valid: ${where}`);
      if (enough.length === 0 || enough.includes(held)) {
        assert.ok(answer.statusCode < 300 || answer.statusCode === 404, where);
        continue;
      }
      assert.equal(answer.statusCode, 403, where);
      const [scope] = enough;
      missing.add(scope ?? '');
      assert.deepEqual([answer.data.code, answer.data.scope], ['scope_missing', scope], where);
      assert.equal(
        answer.headers['www-authenticate'],
        `Bearer realm="admin", error="insufficient_scope", scope="${scope}"`,
      );
    }
    const rows = await app.sql<{ act: Act }[]>`select distinct act from audit_event
      where actor_id = ${client.keyId} and result = 'refused'`;
    const recorded = new Set(rows.map(({ act }) => acts[act].scope as string));
    assert.deepEqual([...recorded].sort(), [...missing].sort(), `the trail has each refusal with ${held}`);
  }
  t.diagnostic(`${calls.length} calls, ${scopes.length} scopes, ${pairs} pairs`);
});
