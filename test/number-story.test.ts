import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trace } from '../src/cli/operations.ts';
import { createDatabase } from '../src/db/database.ts';
import type { PhoneNumber } from '../src/kit/phone-number.ts';
import { readStory } from '../src/people/number-story.ts';
import { tellStory } from '../src/people/tell-story.ts';
import { en } from '../src/people/words/en.ts';
import { ru } from '../src/people/words/ru.ts';
import { openAdminClient } from './support/admin-client.ts';
import { openConsoleApp, signedInOperator } from './support/console-client.ts';
import { anyNumber } from './support/harness.ts';

const app = await openConsoleApp({ managementApi: true });

type Leaf = readonly [path: string, text: string];

/** The texts of a tree with their paths. */
function leavesOf(tree: object, path = ''): Leaf[] {
  return Object.entries(tree).flatMap(([key, value]): Leaf[] =>
    typeof value === 'string' ? [[`${path}${key}`, value]] : leavesOf(value, `${path}${key}.`),
  );
}

test('each rule, act, event, state and refusal has a sentence in both languages, with the same values in it', () => {
  const english = leavesOf(en);
  const russian = new Map(leavesOf(ru));
  assert.ok(english.length > 100);
  assert.deepEqual([...russian.keys()].sort(), english.map(([path]) => path).sort());
  const valuesOf = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();
  for (const [path, text] of english) {
    const other = russian.get(path) ?? '';
    assert.deepEqual(valuesOf(other), valuesOf(text), path);
    assert.ok(/[а-яё]/i.test(other) || other.replaceAll(/\{\w+\}|[^a-z]/gi, '') === '', `${path}: ${other}`);
    assert.doesNotMatch(text, /[а-яё]/i, path);
  }
});

/** A number with refusals of every rule, a block, an open code, and a message that its provider failed to deliver. */
async function eventfulNumber(): Promise<PhoneNumber> {
  const number = anyNumber() as PhoneNumber;
  await app.signIn(number);
  app.clock.turn(121);
  await app.call('POST', '/api/request-sms/', { phone_number: number });
  await app.call('POST', '/api/verify-sms/', { phone_number: number, sms_code: '1' });
  await app.sql`update delivery set state = 'failed', error = 'rejected', reason = 'no such <b>subscriber</b>',
    failed_at = requested_at where phone_number = ${number} and completed_at is null`;
  await app.sql`update number_limit set failures = 100 where phone_number = ${number}`;
  for (const [at, rule] of Object.keys(en.rules).entries())
    await app.sql`insert into refusal (ending, bucket, phone_number, rule, times, first_at, last_at)
      values ('77', ${`${number}:${rule}`}, ${number}, ${rule}, ${1 + at}, now() - interval '1 minute', now())`;
  await app.sql`insert into block (key, value, id, kind, reason, created_at, created_by)
    values (${`number:${number}`}, ${number}, gen_random_uuid(), 'number', 'fraud', now(), 'operator:1')`;
  return number;
}

const plain = (html: string) =>
  html
    .replaceAll(/<\/?(?:bdi|span)[^>]*>/g, '')
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
    .replaceAll(/\s+/g, ' ');

test('console, command line and management API tell the same facts in the same English sentences', async () => {
  const number = await eventfulNumber();
  const needs = { db: createDatabase(app.sql, app.clock), defaultRegion: 'RU', phoneNumberPolicy: 'mobile' } as const;
  const rules = { smsCountries: new Set(['*']), testNumbers: new Map<string, string>() };
  const [row] = await app.sql<
    { id: string }[]
  >`select account_id as id from number_account where phone_number = ${number}`;
  const story = await readStory({ ...needs, ...rules }, number, row?.id, new Date());
  const { reasons, events, limits } = tellStory(story, en);
  const refusals = Object.keys(en.rules).length;
  assert.ok(reasons.length >= refusals + 3 && events.length >= 2 * refusals + 5 && limits.length >= 4, String(reasons));
  const operator = await signedInOperator(app, 'support');
  const look = { text: number, reason: 'a test' };
  const page = plain((await operator.post('/console/number/', look)).html);
  const russian = await operator.post('/console/number/', look, { 'accept-language': 'ru' });
  const client = await openAdminClient(app);
  const api = (await client.call('GET', `/trace?phone=${encodeURIComponent(number)}`)).body;
  const { text, json } = trace(story);
  const sentences = [...reasons, ...events.map(({ what }) => what), ...limits.map((limit) => limit.text)];
  for (const sentence of new Set(sentences)) {
    assert.ok(text.includes(sentence), `command line: ${sentence}`);
    assert.ok(JSON.stringify(json).includes(JSON.stringify(sentence).slice(1, -1)), `--json: ${sentence}`);
    assert.ok(page.includes(sentence), `console: ${sentence}`);
    assert.ok(api.includes(JSON.stringify(sentence).slice(1, -1)), `API: ${sentence}`);
  }
  const inRussian = tellStory(story, ru);
  for (const sentence of [...inRussian.reasons, ...inRussian.limits.map((limit) => limit.text)])
    assert.ok(plain(russian.html).includes(sentence), `консоль: ${sentence}`);
});
