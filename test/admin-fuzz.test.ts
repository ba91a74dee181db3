import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { adminDocument, openAdminClient } from './support/admin-client.ts';
import { repetitions } from './support/depth.ts';
import { openApp } from './support/harness.ts';
import { assertRefused, hostileBodies, hostileValues } from './support/hostile-values.ts';

interface Described {
  readonly parameters?: readonly { name: string; in: string }[];
  readonly requestBody?: { content: Record<string, { schema: { properties?: Record<string, object> } }> };
}

const seed = 20_261_127;
const app = await openApp({ managementApi: true });
const client = await openAdminClient(app);
const { paths } = (await adminDocument(app)) as unknown as { paths: Record<string, Record<string, Described>> };

const value = fc.oneof(
  fc.constantFrom(...hostileValues),
  fc.constantFrom('number', 'RU', '+79160000001', '2027-01-01T00:00:00Z', true, 1, null, ['user.created'], 'account'),
  fc.constant('00000000-0000-4000-8000-000000000000'),
  fc.jsonValue(),
  fc.string({ unit: 'binary', maxLength: 200 }),
);
const textOf = (one: unknown) => (typeof one === 'string' ? one : String(JSON.stringify(one))).slice(0, 2000);
/** `encodeURIComponent` throws at half of a surrogate pair. */
const encoded = (one: unknown) => encodeURIComponent(textOf(one).toWellFormed());
const members = (names: readonly string[]) =>
  fc.record(Object.fromEntries(names.map((name) => [name, value])), { requiredKeys: [] });

for (const [path, methods] of Object.entries(paths)) {
  for (const [method, { parameters = [], requestBody }] of Object.entries(methods)) {
    const named = (where: string) => parameters.filter((one) => one.in === where).map(({ name }) => name);
    const content = Object.values(requestBody?.content ?? {})[0];
    const fields = Object.keys(content?.schema.properties ?? {});
    const name = `${method.toUpperCase()} ${path}`;

    test(`${name}: no input gets 500, and each answer is as the document says`, async () => {
      const request = fc.record({ query: members([...named('query'), 'extra']), id: value, body: members(fields) });
      await fc.assert(
        fc.asyncProperty(request, async ({ query, id, body }) => {
          const text = Object.entries(query)
            .map(([key, one]) => `${key}=${encoded(one)}`)
            .join('&');
          const target = path.replace('/admin/v1', '').replace(/\{\w+\}/, encoded(id) || 'x');
          const sent = fields.length > 0 ? JSON.stringify(body) : undefined;
          await send(method, `${target}${text && `?${text}`}`, sent);
        }),
        { seed, numRuns: repetitions(40, 2), endOnFailure: true },
      );
      if (fields.length === 0) return;
      const target = path.replace('/admin/v1', '').replace(/\{\w+\}/, '00000000-0000-4000-8000-000000000000');
      for (const body of hostileBodies.slice(0, repetitions(hostileBodies.length, 2)))
        await send(method, target, typeof body === 'string' ? body : body.toString('latin1'));
    });
  }
}

async function send(method: string, target: string, body?: string): Promise<void> {
  const answer = await client.call(method.toUpperCase(), target, body);
  const where = `${method} ${target} ${body}`;
  assert.ok(answer.statusCode < 500, `${where}: ${answer.body}`);
  if (answer.statusCode >= 400) assertRefused(answer, where);
  assert.ok(!answer.headers['set-cookie'], where);
}
