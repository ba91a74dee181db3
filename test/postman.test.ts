import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { type ApiDocument, collectionText } from '../scripts/postman.ts';
import { AppProcess } from './support/app-processes.ts';
import { freshDatabase, openApp } from './support/harness.ts';
import { operationsOf } from './support/hostile-values.ts';

interface Summary {
  run: {
    failures: { error: Error; source?: { name: string } }[];
    executions: unknown[];
    stats: { assertions: { total: number } };
  };
}
type Run = (options: object, done: (fault: Error | null, summary: Summary) => void) => void;
const { run } = createRequire(import.meta.url)('newman') as { run: Run };

const databaseUrl = await freshDatabase();
const app = await openApp({ databaseUrl });
const text = readFileSync(new URL('../docs/vouch.postman_collection.json', import.meta.url), 'utf8');
const collection = JSON.parse(text);

test('the Postman collection is what the OpenAPI document makes (npm run docs)', () => {
  assert.equal(text, collectionText(app.server.swagger() as unknown as ApiDocument));
});

test('the Postman collection has every call of the OpenAPI document', () => {
  const requests: string[] = collection.item.flatMap(
    ({ item }: { item: { request: { method: string; url: string } }[] }) =>
      item.map(
        ({ request: { method, url } }) =>
          `${method} ${url.replace('{{baseUrl}}', '').replace('{{sessionId}}', '{id}').replace('{{inviteCode}}', '{code}')}`,
      ),
  );
  const missing = operationsOf(app.server).filter(({ name }) => !requests.includes(name));
  assert.deepEqual(
    missing.map(({ name }) => name),
    [],
  );
});

test('the Postman collection runs from the code to leaving, twice', async () => {
  const server = await AppProcess.start(databaseUrl);
  const summary = await new Promise<Summary>((resolve, reject) =>
    run({ collection, iterationCount: 2, envVar: [{ key: 'baseUrl', value: server.url }] }, (fault, done) =>
      fault ? reject(fault) : resolve(done),
    ),
  );
  assert.deepEqual(
    summary.run.failures.map(({ error, source }) => `${source?.name}: ${error.message}`),
    [],
  );
  assert.equal(summary.run.executions.length, 38);
  assert.equal(summary.run.stats.assertions.total, 58);
});
