import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { pino } from 'pino';
import { createDatabase } from '../src/db/database.ts';
import { secretKeys } from '../src/kit/secret.ts';
import type { Actor } from '../src/operators/actor.ts';
import { type Format, readRecords } from '../src/transfer/formats/formats.ts';
import { importPeople } from '../src/transfer/import-people.ts';
import type { ReportLine } from '../src/transfer/person.ts';
import { freshDatabase, openApp, testKey, withToken } from './support/harness.ts';

const actor: Actor = { kind: 'command_line', id: 'test' };

const app = await openApp({ databaseUrl: await freshDatabase() });

/** An import into an empty database. */
async function openImport() {
  await app.sql`truncate account, number_account, invite, invite_code, legacy_code, legacy_token, reserved_name, guest,
    block, session, trusted_device, challenge, number_limit, audit_event, rate_limit`;
  const needs = {
    db: createDatabase(app.sql, app.clock),
    log: pino({ level: 'silent' }),
    keys: secretKeys([testKey]),
    sessionLife: { idleSeconds: 86_400, lifetimeSeconds: 864_000 },
    sessionsMax: 10,
    defaultRegion: 'RU',
    phoneNumberPolicy: 'possible',
    smsCountries: new Set(['*']),
  } as const;
  const run = async (source: AsyncIterable<Uint8Array>, format: Format, isTrial = false) => {
    const report: ReportLine[] = [];
    const records = readRecords(source, format);
    const onReport = (lines: readonly ReportLine[]) => void report.push(...lines);
    const result = await importPeople(needs, actor, { records, format, isTrial, hasEvents: false, onReport });
    assert.ok(result.ok);
    return { totals: result.totals, report };
  };
  const file = (name: string, format: Format, isTrial = false) =>
    run(createReadStream(new URL(`imports/${name}`, import.meta.url)), format, isTrial);
  const lines = (people: readonly object[], isTrial = false) =>
    run(Readable.from(people.map((person) => Buffer.from(`${JSON.stringify(person)}\n`))), 'ndjson', isTrial);
  return { needs, file, lines };
}

/** The rows of the tables that an import writes. */
async function rowsOf({ sql }: Pick<typeof app, 'sql'>) {
  const tables = [
    'account',
    'number_account',
    'invite',
    'invite_code',
    'legacy_code',
    'reserved_name',
    'guest',
    'session',
  ];
  const rows = await Promise.all(tables.map((name) => sql.unsafe(`select * from ${name} order by 1, 2`)));
  return Object.fromEntries(tables.map((name, at) => [name, rows[at]!.map((row) => ({ ...row }))]));
}

/** The report without what differs from run to run. */
const told = (report: readonly ReportLine[]) =>
  report.map((line) => ({ ...line, ...('id' in line ? { id: '' } : {}) }));

test('the dump of the original is imported: each code and token, and a note for each part that is dealt with', async () => {
  const { file } = await openImport();
  const trial = await file('django.json', 'django', true);
  assert.deepEqual((await rowsOf(app)).account, []);
  const { totals, report } = await file('django.json', 'django');
  assert.deepEqual(totals, { inserted: 6, updated: 0, unchanged: 0, refused: 0, ignored: 0, tokens: 1, noted: 6 });
  assert.deepEqual(told(trial.report), told(report), 'a dry run tells the same');
  const notes = report.flatMap((line) =>
    'notes' in line && line.notes ? line.notes.map(({ code, value }) => [line.line, code, value]) : [],
  );
  assert.deepEqual(notes, [
    [1, 'was_staff', undefined],
    [3, 'email_taken', 'owner@example.com'],
    [4, 'number_normalized', '+49 1512 3456789'],
    [6, 'number_normalized', '89160000106'],
    [6, 'email_invalid', 'not an address'],
    [4, 'inviter_circle', 'cccccc'],
    [6, 'inviter_self', 'dddddd'],
  ]);
  const people = await app.sql`select a.external_id, a.phone_number, a.username, a.email, i.code, i.redeemed_code,
      i.invited_count, n.unproven_since is not null as unproven
    from account a join invite i on i.account_id = a.id join number_account n on n.account_id = a.id order by 1`;
  assert.deepEqual(
    people.map((row) => Object.values(row)),
    [
      ['1', '+79160000101', 'Хозяин', 'owner@example.com', 'LfmTEX', null, 1, true],
      ['2', '+79160000102', null, null, 'LFMTEX', 'LfmTEX', 1, true],
      ['3', '+79160000103', 'new name +79160000103', null, 'aO0l9x', 'LFMTEX', 0, true],
      ['4', '+4915123456789', null, null, 'bbbbbb', null, 1, true],
      ['5', '+79160000105', null, null, 'cccccc', 'bbbbbb', 0, true],
      ['6', '+79160000106', null, null, 'dddddd', null, 0, true],
    ],
  );
  const me = await app.call('GET', '/api/users/me', undefined, {
    authorization: 'Token cab0e2d05f80f38a0000d4b1bfea6e90f3ff6d13',
  });
  assert.deepEqual(me.data.invited, ['+79160000103']);
});

test('the same file again changes nothing, and says so', async () => {
  const { file } = await openImport();
  await file('django.json', 'django');
  const before = await rowsOf(app);
  const { totals } = await file('django.json', 'django');
  assert.deepEqual(totals, { inserted: 0, updated: 0, unchanged: 6, refused: 0, ignored: 0, tokens: 1, noted: 5 });
  assert.deepEqual(await rowsOf(app), before);
});

const examples: [name: string, format: Format, inserted: number, refused: string[], blocked: number][] = [
  ['firebase.json', 'firebase', 2, ['number_missing'], 1],
  ['supabase.json', 'supabase', 2, [], 1],
  ['supabase.csv', 'supabase', 2, [], 1],
  ['clerk.json', 'clerk', 2, [], 1],
  ['clerk.csv', 'clerk', 2, [], 0],
  ['auth0.ndjson', 'auth0', 2, ['number_missing'], 1],
  ['people.ndjson', 'ndjson', 3, [], 1],
  ['people.csv', 'csv', 3, [], 1],
];

for (const [name, format, inserted, refused, blocked] of examples) {
  test(`${name}: the example is imported, and a dry run tells the same and writes nothing`, async () => {
    const { file } = await openImport();
    const trial = await file(name, format, true);
    assert.deepEqual((await rowsOf(app)).number_account, []);
    const { totals, report } = await file(name, format);
    assert.deepEqual(told(trial.report), told(report));
    assert.equal(totals.inserted, inserted);
    assert.deepEqual(
      report.flatMap((line) => (line.result === 'refused' ? line.reason : [])),
      refused,
    );
    const rows =
      await app.sql`select first_name, last_name, email, created_at from account where first_name is not null`;
    assert.equal(rows.length, 1);
    assert.match(`${rows[0]!.first_name} ${rows[0]!.last_name}`, /^Анна/);
    assert.match(rows[0]!.email, /^anna\.\w@example\.com$/);
    if (name !== 'clerk.csv') assert.equal(rows[0]!.created_at.toISOString().slice(0, 10), '2024-03-01');
    const blocks = await app.sql`select b.created_by from block b join account a on a.id::text = b.value`;
    assert.deepEqual(
      [...blocks],
      Array.from({ length: blocked }, () => ({ created_by: 'import' })),
    );
    const again = await file(name, format);
    assert.equal(again.totals.unchanged, inserted);
  });
}

test('a table and lines of JSON import the same people', async () => {
  const people = async (name: string, format: Format) => {
    const { file } = await openImport();
    await file(name, format);
    return [
      ...(await app.sql`select a.external_id, a.phone_number, a.username, a.email, i.redeemed_code, i.invited_count
        from account a join invite i on i.account_id = a.id order by 1`),
    ];
  };
  assert.deepEqual(await people('people.csv', 'csv'), await people('people.ndjson', 'ndjson'));
});

test('records that cannot be imported are refused with the reason, and the others are imported', async () => {
  const { lines } = await openImport();
  const { report } = await lines([
    { external_id: 'a', phone_number: '+79160000001' },
    { external_id: 'b', phone_number: '8 916 000-00-01' },
    { external_id: 'c', phone_number: '+7916' },
    { external_id: 'd' },
    { external_id: 'e', phone_number: '4915123456789' },
    { external_id: 'f', phone_number: '15123456789', region: 'XX' },
    { external_id: 'a', phone_number: '+79160000009' },
    { external_id: 'x'.repeat(201), phone_number: '+79160000002' },
    [],
    'text',
  ] as object[]);
  assert.deepEqual(
    report
      .map((line) => [line.line, line.result === 'refused' ? line.reason : line.result])
      .sort(([a], [b]) => Number(a) - Number(b)),
    [
      [1, 'inserted'],
      [2, 'number_taken'],
      [3, 'number_invalid'],
      [4, 'number_missing'],
      [5, 'inserted'],
      [6, 'inserted'],
      [7, 'number_changed'],
      [8, 'external_id_invalid'],
      [9, 'unreadable'],
      [10, 'unreadable'],
    ],
  );
});

test('until the first sign-in here a newer record changes a person, afterwards it fills only what is empty', async () => {
  const { lines } = await openImport();
  const [here, there] = ['+79160000011', '+79160000012'];
  await lines([
    { external_id: '1', phone_number: here, first_name: 'Anna' },
    { external_id: '2', phone_number: there, first_name: 'Boris' },
  ]);
  const token = await app.signIn(here);
  const { totals, report } = await lines([
    { external_id: '1', phone_number: here, first_name: 'Hanna', last_name: 'Petrova' },
    { external_id: '2', phone_number: there, first_name: 'Borislav' },
  ]);
  assert.equal(totals.updated, 2);
  assert.deepEqual('notes' in report[0]! && report[0].notes, [{ code: 'kept', value: 'first_name' }]);
  const { data: me } = await app.call('GET', '/api/users/me', undefined, withToken(token));
  assert.deepEqual([me.first_name, me.last_name], ['Anna', 'Petrova']);
  const [other] = await app.sql`select first_name from account where phone_number = ${there}`;
  assert.equal(other?.first_name, 'Borislav');
});

test('a person who is here already keeps account, profile and code, and the code from there leads to them, too', async () => {
  const { lines } = await openImport();
  const number = '+79160000021';
  const token = await app.signIn(number);
  const me = async () => (await app.call('GET', '/api/users/me', undefined, withToken(token))).data;
  const before = await me();
  await lines([{ external_id: 'old', phone_number: number, invite_code: 'Old0Cd', email: 'a@example.com' }]);
  assert.deepEqual(await me(), { ...before, email: 'a@example.com' });
  assert.equal((await app.call('GET', '/api/invites/Old0Cd')).statusCode, 200);
  const [row] = await app.sql`select external_id from account where id = ${before.id}`;
  assert.equal(row?.external_id, 'old');
});

test('an inviter may stand behind the guest, in another file, or be missing', async () => {
  const { lines } = await openImport();
  const first = await lines([
    { external_id: '1', phone_number: '+79160000031', redeemed_code: 'later0' },
    { external_id: '2', phone_number: '+79160000032', redeemed_code: 'never0' },
    { external_id: '3', phone_number: '+79160000033', invite_code: 'later0', redeemed_code: 'other0' },
  ]);
  const problems = (report: readonly ReportLine[]) =>
    report.flatMap((line) => (line.result === 'noted' ? [[line.line, line.notes[0]?.code]] : []));
  assert.deepEqual(problems(first.report), [
    [2, 'inviter_unknown'],
    [3, 'inviter_unknown'],
  ]);
  await lines([{ external_id: '4', phone_number: '+79160000034', invite_code: 'other0' }]);
  const again = await lines([
    { external_id: '3', phone_number: '+79160000033', invite_code: 'later0', redeemed_code: 'other0' },
  ]);
  assert.deepEqual(problems(again.report), []);
  const rows = await app.sql`select external_id, redeemed_code, invited_count from account
    join invite on account_id = id order by 1`;
  assert.deepEqual(
    rows.map((row) => Object.values(row)),
    [
      ['1', 'later0', 0],
      ['2', null, 0],
      ['3', 'other0', 1],
      ['4', null, 1],
    ],
  );
});

test('a person who is blocked there signs in nowhere, and their token does not work', async () => {
  const { lines } = await openImport();
  const [number, other] = ['+79160000041', '+79160000042'];
  const token = (start: string) => start.padEnd(40, '0');
  const person = { external_id: '1', phone_number: number };
  const { report } = await lines([
    { ...person, blocked: true, token: token('a') },
    { external_id: '2', phone_number: other, token: token('b') },
  ]);
  assert.deepEqual('notes' in report[0]! && report[0].notes, [{ code: 'token_of_blocked_person' }]);
  const me = (key: string) => app.call('GET', '/api/users/me', undefined, { authorization: `Token ${token(key)}` });
  assert.equal((await me('a')).statusCode, 401);
  assert.equal((await me('b')).statusCode, 200);
  await app.call('POST', '/api/request-sms/', { phone_number: number });
  const code = app.codeFor(number);
  const verified = await app.call('POST', '/api/verify-sms/', { phone_number: number, sms_code: code });
  assert.notEqual(verified.statusCode, 201);
  await lines([{ external_id: '2', phone_number: other, blocked: true }]);
  assert.equal((await me('b')).statusCode, 401, 'a newer file blocks, too');
});

test('an import that ended in the middle goes on by running it again', async () => {
  const { needs, lines } = await openImport();
  const people = Array.from({ length: 2400 }, (_, at) => ({
    external_id: String(at),
    phone_number: `+7916${String(1_000_000 + at)}`,
    invite_code: `r${String(at).padStart(4, '0')}x`,
    redeemed_code: at === 0 ? 'r2399x' : `r${String(at - 1).padStart(4, '0')}x`,
  }));
  const broken = async function* () {
    for (const person of people.slice(0, 1400)) yield Buffer.from(`${JSON.stringify(person)}\n`);
    throw new Error('the stream ended');
  };
  const options = {
    records: readRecords(broken(), 'ndjson'),
    format: 'ndjson',
    isTrial: false,
    hasEvents: false,
    onReport: () => {},
  };
  await assert.rejects(importPeople(needs, actor, options), /the stream ended/);
  const [{ count } = { count: 0 }] = await app.sql<{ count: number }[]>`select count(*)::int as count from account`;
  assert.ok(count > 0 && count < 2400, `${count} people`);
  const { totals, report } = await lines(people);
  assert.equal(totals.inserted, 2400 - count);
  assert.equal(totals.unchanged, count);
  assert.deepEqual(
    report.flatMap((line) => (line.result === 'noted' ? [[line.line, line.notes[0]?.code]] : [])),
    [[1, 'inviter_circle']],
    'a circle of all closes nowhere else',
  );
  const linked = await app.sql`select from invite where redeemed_code is not null`;
  assert.equal(linked.length, 2399);
});

test('an actor without the right imports nothing, and each import is in the audit trail', async () => {
  const { needs, file } = await openImport();
  const support: Actor = {
    kind: 'operator',
    id: 'x',
    role: 'support',
    clientIp: '::1',
    device: '',
    hasFreshCode: true,
  };
  const records = readRecords(Readable.from([Buffer.from('{}')]), 'ndjson');
  const result = await importPeople(needs, support, {
    records,
    format: 'ndjson',
    isTrial: false,
    hasEvents: false,
    onReport: () => {},
  });
  assert.deepEqual(result, { ok: false, refusal: { code: 'act_not_allowed', act: 'import_people' } });
  await file('people.ndjson', 'ndjson');
  const rows = await app.sql`select target, details, actor_id from audit_event
    where act = 'import_people' and result = 'succeeded' order by id`;
  assert.deepEqual(
    rows.map(({ target, actor_id }) => [target, actor_id]),
    [
      ['import:ndjson', 'test'],
      ['import:ndjson', 'test'],
    ],
  );
  assert.match(rows[1]!.details, /^3 inserted, 0 updated/);
});
