import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { pino } from 'pino';
import { createDatabase } from '../src/db/database.ts';
import { secretKeys } from '../src/kit/secret.ts';
import { readRecords } from '../src/transfer/formats/formats.ts';
import { importPeople } from '../src/transfer/import-people.ts';
import { AppProcess, assertInviteTree, connectDatabase } from './support/app-processes.ts';
import { repetitions } from './support/depth.ts';
import { anyNumber, freshDatabase, testKey } from './support/harness.ts';
import { TestClock } from './support/test-clock.ts';

const databaseUrl = await freshDatabase();
const sql = await connectDatabase(databaseUrl);
const processes = await Promise.all(
  [1, 2].map(() => AppProcess.start(databaseUrl, { NETWORK_MESSAGES_PER_HOUR: '100000' })),
);

/** Imports people who all redeemed the code of the first one, in small pieces. */
async function importAll(numbers: readonly string[]) {
  const lines = numbers.map((phone_number, at) => ({
    external_id: phone_number,
    phone_number,
    ...(at === 0 ? { invite_code: 'first0' } : { redeemed_code: 'first0' }),
  }));
  const text = lines.map((line) => Buffer.from(`${JSON.stringify(line)}\n`));
  const needs = {
    db: createDatabase(sql, new TestClock()),
    log: pino({ level: 'silent' }),
    keys: secretKeys([testKey]),
    sessionLife: { idleSeconds: 1e6, lifetimeSeconds: 1e6 },
    sessionsMax: 10,
    defaultRegion: 'RU',
    phoneNumberPolicy: 'possible',
    smsCountries: new Set(['*']),
  } as const;
  return importPeople(
    needs,
    { kind: 'command_line', id: 'test' },
    {
      records: readRecords(Readable.from(text), 'ndjson'),
      format: 'ndjson',
      isTrial: false,
      hasEvents: false,
      onReport: () => {},
    },
  );
}

test('people who sign in while they are imported, by two imports at once, get one account each, and nobody an error', async () => {
  const numbers = Array.from({ length: repetitions(120, 24) }, () => anyNumber());
  const codes = await Promise.all(numbers.map((number, at) => processes[at % 2]!.ask(number)));
  const [first, second, ...answers] = await Promise.all([
    importAll(numbers),
    importAll(numbers),
    ...numbers.map((number, at) => processes[at % 2]!.verify(number, codes[at]!)),
  ]);
  assert.deepEqual(
    answers.map(({ status }) => status),
    numbers.map(() => 201),
  );
  for (const result of [first, second]) {
    assert.ok(result.ok);
    const { inserted, updated, unchanged } = result.totals;
    assert.equal(inserted + updated + unchanged, numbers.length);
  }
  const rows = await sql`select n.phone_number, n.unproven_since, a.external_id, i.redeemed_code from number_account n
    join account a on a.id = n.account_id and a.phone_number = n.phone_number join invite i on i.account_id = a.id`;
  assert.equal(rows.length, numbers.length);
  assert.equal((await sql`select from account`).length, numbers.length, 'no account without a number');
  for (const row of rows) {
    assert.equal(row.external_id, row.phone_number);
    assert.equal(row.unproven_since, null, 'each number was proven by its sign-in');
    assert.equal(row.redeemed_code, row.phone_number === numbers[0] ? null : 'first0');
  }
  const [inviter] = await sql`select i.invited_count, count(g.*)::int as guests from legacy_code c
    join invite i on i.account_id = c.account_id left join guest g on g.inviter_id = i.account_id group by 1`;
  assert.deepEqual({ ...inviter }, { invited_count: numbers.length - 1, guests: numbers.length - 1 });
  await assertInviteTree(sql);
});
