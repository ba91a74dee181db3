import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { pino } from 'pino';
import { type ApiDocument, collectionText } from '../scripts/postman.ts';
import { createDatabase } from '../src/db/database.ts';
import { secretKeys } from '../src/kit/secret.ts';
import { readRecords } from '../src/transfer/formats/formats.ts';
import { importPeople } from '../src/transfer/import-people.ts';
import { AppProcess } from './support/app-processes.ts';
import { openTestDatabase } from './support/create-database.ts';
import { freshDatabase, openApp, testKey } from './support/harness.ts';
import { operationsOf } from './support/hostile-values.ts';
import { TestClock } from './support/test-clock.ts';

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

test('a person whom the original had goes through the Postman collection with the old token and the old code', async () => {
  const url = await freshDatabase();
  const server = await AppProcess.start(url);
  const { sql, close } = openTestDatabase(url);
  const db = createDatabase(sql, new TestClock());
  const needs = {
    db,
    log: pino({ level: 'silent' }),
    keys: secretKeys([testKey]),
    sessionLife: { idleSeconds: 1e6, lifetimeSeconds: 1e6 },
    sessionsMax: 10,
    defaultRegion: 'RU',
    phoneNumberPolicy: 'possible',
    smsCountries: new Set(['*']),
  } as const;
  // the person of the token has redeemed a code there, so that the calls which redeem one are of another person
  const dump = JSON.parse(readFileSync(new URL('imports/django.json', import.meta.url), 'utf8'));
  dump[1].fields.invite_code = null;
  const file = Readable.from([Buffer.from(JSON.stringify(dump))]);
  const imported = await importPeople(
    needs,
    { kind: 'command_line', id: 'test' },
    { records: readRecords(file, 'django'), format: 'django', isTrial: false, hasEvents: false, onReport: () => {} },
  );
  assert.ok(imported.ok && imported.totals.inserted === 6);
  await close();
  const oldToken = 'cab0e2d05f80f38a0000d4b1bfea6e90f3ff6d13';
  const variables = { phone: '+79160000102', token: oldToken, friendPhone: '+79160000101' };
  const summary = await runFor(server.url, withOldPerson(collection, variables));
  assert.deepEqual(
    summary.run.failures.map(({ error, source }) => `${source?.name}: ${error.message}`),
    [],
  );
  assert.ok(summary.run.executions.length >= 15, `${summary.run.executions.length} calls`);
});

interface Item {
  name: string;
  item?: Item[];
  event?: { listen: string; script: { exec: string[] } }[];
}

/**
 * The collection for people who exist: it makes up no numbers and takes no new token, so that all calls behind the sign-in
 * use the old one; and a sign-in of somebody known says so.
 */
function withOldPerson(whole: { item: Item[] }, variables: Record<string, string>): object {
  const kept = (line: string) => !/\.set\('(?:friendPhone|phone|token)'/.test(line) && !/answer\.created is/.test(line);
  const changed = ({ item, event, ...rest }: Item): object => ({
    ...rest,
    ...(item ? { item: item.map(changed) } : {}),
    ...(event
      ? { event: event.map((one) => ({ ...one, script: { ...one.script, exec: one.script.exec.filter(kept) } })) }
      : {}),
  });
  const variable = Object.entries(variables).map(([key, value]) => ({ key, value }));
  return { ...whole, item: whole.item.map(changed), variable };
}

function runFor(baseUrl: string, changed: object): Promise<Summary> {
  return new Promise((resolve, reject) =>
    run({ collection: changed, envVar: [{ key: 'baseUrl', value: baseUrl }] }, (fault, done) =>
      fault ? reject(fault) : resolve(done),
    ),
  );
}
