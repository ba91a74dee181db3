import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseArguments } from '../src/cli/arguments.ts';
import { commands } from '../src/cli/commands.ts';
import type { DeliveriesInput } from '../src/cli/delivery-commands.ts';
import { list, testSms, trace } from '../src/cli/operations.ts';
import { forOutput } from '../src/cli/print.ts';
import { createDatabase } from '../src/db/database.ts';
import { databaseClock } from '../src/kit/clock.ts';
import type { PhoneNumber } from '../src/kit/phone-number.ts';
import { printable } from '../src/kit/printable.ts';
import { readStory } from '../src/people/number-story.ts';
import { nodeArguments, sourceArguments } from './support/child-script.ts';
import { deepTest } from './support/depth.ts';
import { emptyFolder } from './support/embedded-database.ts';
import { freshDatabase, openApp, testKey } from './support/harness.ts';
import { messageId } from './support/message-id.ts';
import { testProvider } from './support/test-deliveries.ts';

const now = new Date('2026-03-10T12:00:00Z');
const parse = (line: string) => parseArguments(line.split(' ').filter(Boolean), now, commands);
const inputOf = (line: string) => (parse(line) as { input: unknown }).input;

test('what is understood is what it seems', () => {
  const { since, until, limit } = inputOf('deliveries --since 36h --until 30m --limit 7') as DeliveriesInput;
  assert.deepEqual(
    [since.toISOString(), until.toISOString(), limit],
    ['2026-03-09T00:00:00.000Z', '2026-03-10T11:30:00.000Z', 7],
  );
  for (const [text, at] of [
    ['2026-01-31T12:00Z', '2026-01-31T12:00:00.000Z'],
    ['2024-02-29T23:59:59.5+03:00', '2024-02-29T20:59:59.500Z'],
    ['2026-03-01T00:00-05:30', '2026-03-01T05:30:00.000Z'],
  ] as const)
    assert.equal((inputOf(`deliveries --since ${text}`) as DeliveriesInput).since.toISOString(), at);
  assert.equal(parse('trace +79161234567 --json').json, true);
  assert.deepEqual(inputOf('unlock +79161234567'), { text: '+79161234567', reason: undefined });
  assert.equal(parse('sms test +79161234567 --provider smsc').name, 'sms test');
  assert.equal(parse('--help').name, 'help');
  assert.equal(parse('trace --help').name, 'help');
});

test('every value that is unknown, ambiguous or not what it seems is refused', () => {
  const refused: [line: string, reason: RegExp][] = [
    ['deliveries --state acceptd', /acceptd is no state: .*nearest is accepted/],
    ['deliveries --state Failed', /nearest is failed/],
    ['deliveries --state failed,delivered', /is no state/],
    ['deliveries --country ru', /two capital letters.*Example: --country RU/],
    ['deliveries --country RUS', /two capital letters/],
    ['deliveries --country 7', /two capital letters/],
    ['deliveries --since 2026-02-30T00:00Z', /is no time/],
    ['deliveries --since 2025-02-29T00:00Z', /is no time/],
    ['deliveries --since 2026-04-31T10:00+03:00', /is no time/],
    ['deliveries --since 2026-01-31T24:00Z', /is no time/],
    ['deliveries --since 2026-01-31T12:60Z', /is no time/],
    ['deliveries --since 2026-01-31T12:00+25:00', /is no time/],
    ['deliveries --since 2026-01-31', /names no time zone: 2026-01-31T00:00:00Z/],
    ['deliveries --since 2026-01-31T12:00', /names no time zone/],
    ['deliveries --since 31.01.2026', /is no time/],
    ['deliveries --since yesterday', /is no time/],
    ['deliveries --since 24', /is no time/],
    ['deliveries --since 0h', /is no time/],
    ['deliveries --since 1.5h', /is no time/],
    ['deliveries --since 24H', /is no time/],
    ['deliveries --since 99999999d', /longer ago/],
    ['deliveries --since 1h --until 2h', /has to be before --until/],
    ['deliveries --since 2026-03-11T00:00Z', /has to be before --until/],
    ['deliveries --limit 1e3', /whole number from 1/],
    ['deliveries --limit 0', /whole number from 1/],
    ['deliveries --limit 0x10', /whole number from 1/],
    ['deliveries --limit 10.0', /whole number from 1/],
    ['deliveries --limit +5', /whole number from 1/],
    ['deliveries --limit ٥', /whole number from 1/],
    ['deliveries --limit 9999999', /whole number from 1/],
    ['deliveries --limit 5 --limit 6', /--limit is given twice/],
    ['deliveries --json --json', /--json is given twice/],
    ['deliveries --totals --limit 5', /--limit and --totals/],
    ['deliveries failed', /takes no failed/],
    ['deliveries --totals=yes', /totals/],
    ['deliveries --since', /since/],
    ['deliveries --sinc 1h', /sinc/],
    ['providers smsc', /takes no smsc/],
    ['providers --provider smsc', /takes no --provider/],
    ['trace', /A number is missing/],
    ['unlock', /A number is missing/],
    ['unlock +79161234567 --provider smsc', /takes no --provider/],
    ['trace 8 916 123-45-67', /in quotation marks: "8 916 123-45-67"/],
    ['trace +79161234567 --since 1h', /takes no --since/],
    ['sms', /There is no command sms/],
    ['sms tests +79161234567', /There is no command/],
    ['sms test', /A number is missing/],
    ['toString', /There is no command toString/],
    ['--json', /A command is missing/],
  ];
  for (const [line, reason] of refused) {
    assert.throws(
      () => parse(line),
      (error: Error) => {
        assert.equal(error.constructor.name, 'UsageError', line);
        assert.match(error.message, reason, line);
        return true;
      },
    );
  }
});

const hostile =
  '\u001b]0;owned\u0007\u001b[2J\u009b31m\u202egnp.exe\u2066\u200b\ufeff\r\nall is well\u2028\u{e0041}\u0000';

test('what a provider said reaches the terminal without a sequence, a control or a directional mark', async () => {
  const app = await openApp();
  const db = createDatabase(app.sql, databaseClock);
  const phone = '+79160000009';
  // PostgreSQL keeps no zero byte
  const reason = hostile.replace('\0', '');
  await app.sql`insert into delivery (id, attempt, challenge_id, key_id, code_length, phone_number, country, prefix, language, state, channel,
      provider, requested_at, useful_until, failed_at, sent_at, is_repeat, reason, error, reference)
    values (${app.sql.unsafe(messageId('now()'))}, 1, gen_random_uuid(), 'k', 6, ${phone}, 'RU', '+7916', 'ru', 'failed', 'sms', ${'two\u001b[1m'}, now(), now(), now(), now(), false,
      ${reason}, 'rejected', ${reason})`;
  const hour = { since: new Date(Date.now() - 3_600_000), until: new Date(Date.now() + 60_000) };
  const listed = await list(db, hour, 10, () => {});
  const rules = { defaultRegion: 'RU', phoneNumberPolicy: 'possible', smsCountries: new Set(['*']) } as const;
  const needs = { db, ...rules, testNumbers: new Map<string, string>() };
  const traced = trace(await readStory(needs, phone as PhoneNumber, undefined, new Date()));
  const sent = await testSms(
    testProvider('one', async () => ({ ok: false, error: 'rejected', reason: hostile })),
    phone as PhoneNumber,
  );
  for (const { text } of [listed, traced, sent]) {
    assert.match(text, /\\u001b\[2J\\u009b31m\\u202egnp\.exe/);
    assert.doesNotMatch(text.replaceAll('\n', ''), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    assert.doesNotMatch(text, /^all is well/m, 'no line of its own');
  }
  const json = printable(JSON.stringify(listed.json), { lines: true });
  assert.doesNotMatch(json, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  assert.equal(JSON.parse(json)[0].reason, reason, 'and JSON says the same as before');
  assert.equal(printable('ж😀é中 ok'), 'ж😀é中 ok');
});

test('an export is as it is for a program, and has no escape sequence for a terminal', () => {
  const row = 'Ann\u009b31m,\u202eq\r\nBob\r\n';
  assert.equal(forOutput(row, false), row);
  assert.equal(forOutput(row, true), 'Ann\\u009b31m,\\u202eq\nBob\n');
});

function vouch(env: Record<string, string>, ...words: string[]) {
  return run(env, ...nodeArguments('src/main.ts'), ...words);
}

async function run(env: Record<string, string>, ...words: string[]) {
  const child = spawn(process.execPath, words, {
    env: { PATH: process.env.PATH ?? '', SECRET_KEYS: testKey, ...env },
  });
  let [out, err] = ['', ''];
  let heardAt = 0;
  child.stdout.on('data', (chunk) => (out += chunk));
  child.stderr.on('data', (chunk) => {
    heardAt ||= performance.now();
    err += chunk;
  });
  const code = await new Promise<number>((resolve) => child.on('close', (found) => resolve(found ?? -1)));
  return { code, out, err, waitedMs: heardAt === 0 ? 0 : performance.now() - heardAt };
}

deepTest('a database that is away is named at once, and given up after 10 s with exit 1', async (t) => {
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  t.after(() => silent.close());
  const { port } = silent.address() as { port: number };
  const [refusing, quiet] = await Promise.all([
    vouch({ DATABASE_URL: 'postgres://u:hunter2@127.0.0.1:1/d' }, 'providers'),
    vouch({ DATABASE_URL: `postgres://u:hunter2@127.0.0.1:${port}/d` }, 'deliveries', '--json'),
  ]);
  for (const { code, out, err, waitedMs } of [refusing, quiet]) {
    assert.deepEqual([code, out], [1, '']);
    assert.match(err, /^Waiting for the database /);
    assert.match(err, /The database postgres:\/\/u@127\.0\.0\.1:\d+\/d did not answer within 10 s\n$/);
    assert.doesNotMatch(err, /hunter2|\n\s+at /);
    assert.ok(waitedMs < 20_000, `${waitedMs} ms`);
  }
  assert.match(refusing.err, /ECONNREFUSED/);
});

deepTest('what is not understood ends with exit 2, also where only the configuration knows', async () => {
  const env = { DATABASE_URL: 'postgres://u@127.0.0.1:1/d' };
  for (const [words, reason] of [
    [['deliveries', '--provider', 'Console'], /Console is no provider: .*The nearest is console/],
    [['deliveries', '--country', 'ZZ'], /ZZ is no country that has telephone numbers/],
    [['sms', 'test', '+79161234567', '--provider', 'twilio'], /twilio is no provider of SMS_ROUTES: one of console/],
  ] as const) {
    const { code, err } = await vouch(env, ...words);
    assert.equal(code, 2, err);
    assert.match(err, reason);
  }
});

deepTest(
  'a command that needs only the database loads no web server, no metadata of numbers and no provider',
  async (t) => {
    const folder = await emptyFolder(t);
    const env = { DATABASE_URL: await freshDatabase(), NODE_V8_COVERAGE: folder };
    const { code, err } = await run(env, ...sourceArguments('src/main.ts'), 'deliveries', '--state', 'failed');
    assert.equal(code, 0, err);
    const loaded = new Set<string>();
    for (const name of await readdir(folder)) {
      const { result } = JSON.parse(await readFile(join(folder, name), 'utf8')) as { result: { url: string }[] };
      for (const { url } of result) loaded.add(url);
    }
    const urls = [...loaded];
    assert.ok(
      urls.some((url) => url.includes('/postgres/')) && urls.some((url) => url.includes('/cli/')),
      'there is something to look at',
    );
    const heavy =
      /node_modules\/(libphonenumber-js|fastify|@fastify|pino|preact|prom-client|smpp|typebox|standardwebhooks)\/|\/src\/app\.ts|\/src\/sms\/providers\.ts|\/src\/(sign-in|http|profile|invites|runtime\/workers)\//;
    assert.deepEqual(
      urls.filter((url) => heavy.test(url)),
      [],
    );
  },
);
