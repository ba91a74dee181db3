import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dropUnusedFunctions, functionSchema } from '../src/db/functions.ts';
import { migrate } from '../src/db/migrate.ts';
import { leaseSeconds, minUsefulSeconds, sendingLeaseSeconds } from '../src/deliveries/delivery.ts';
import { rememberedInviteSeconds } from '../src/invites/remembered-invite.ts';
import { maxCodeLength, maxGuesses, maxGuessesInAll, maxShortGuesses, maxSprays } from '../src/limits/guess-risk.ts';
import { maxFailures, numberSends } from '../src/limits/rules.ts';
import { codeLifeSeconds, minReuseSeconds } from '../src/sign-in/challenge.ts';
import { withParameter } from './support/create-database.ts';
import { memoryLog, openLoggedDatabase } from './support/embedded-database.ts';
import { freshDatabase } from './support/harness.ts';

const silent = memoryLog(() => {});
const own = functionSchema('public');

/** The rules that functions keep, and those that TypeScript words. */
const rules: readonly [name: string, value: number][] = [
  ['max_guesses', maxGuesses],
  ['max_guesses_in_all', maxGuessesInAll],
  ['max_short_guesses', maxShortGuesses],
  ['max_code_length', maxCodeLength],
  ['max_sprays', maxSprays],
  ['max_failures', maxFailures],
  ['max_messages_an_hour', numberSends.hour.quota],
  ['max_messages_a_day', numberSends.day.quota],
  ['first_pause', numberSends.pauses[0]],
  ['second_pause', numberSends.pauses[1]],
  ['later_pause', numberSends.pauses[2]],
  ['code_life', codeLifeSeconds],
  ['min_reuse', minReuseSeconds],
  ['min_useful', minUsefulSeconds],
  ['lease', leaseSeconds],
  ['sending_lease', sendingLeaseSeconds],
  ['remembered_invite', rememberedInviteSeconds],
];

test('functions keep the rules that responses name', async (t) => {
  const { sql } = await openLoggedDatabase(t, { databaseUrl: await freshDatabase() });
  for (const [name, value] of rules) {
    const [row] = await sql.unsafe(`select to_json(${own}.${name}()) #>> '{}' as value,
      pg_typeof(${own}.${name}()) = 'interval'::regtype as lasts`);
    const [{ seconds } = { seconds: 0 }] = row?.lasts
      ? await sql.unsafe(`select extract(epoch from ${own}.${name}())::float8 as seconds`)
      : [{ seconds: Number(row?.value) }];
    assert.equal(seconds, value, name);
  }
  assert.equal(numberSends.day.windowSeconds, 86_400);
  assert.equal(numberSends.hour.windowSeconds, 3600);
});

test('functions of another version stay as they are, until no process has used them for a week', async (t) => {
  const { sql } = await openLoggedDatabase(t, { databaseUrl: await freshDatabase() });
  const schemas = async () =>
    (await sql`select nspname from pg_namespace where nspname like 'vouch\\_%' order by nspname`).map(
      (row) => row.nspname,
    );
  assert.deepEqual(await schemas(), [own]);
  const [lately, longAgo] = ['vouch_000000000001', 'vouch_000000000002'];
  for (const [name, days] of [
    [lately, 6],
    [longAgo, 8],
  ] as const) {
    await sql.unsafe(`create schema ${name}; create function ${name}.f() returns int language sql return 1;
      insert into function_version values ('${name}', now() - interval '${days} days')`);
  }
  await sql`update function_version set last_used_at = now() - interval '30 days' where name = ${own}`;
  await migrate({ sql, log: silent });
  await dropUnusedFunctions(sql);
  assert.deepEqual(await schemas(), [lately, own].sort(), 'its own are in use, whatever the table said');
  const names = (await sql`select name from function_version order by name`).map(({ name }) => name);
  assert.deepEqual(names, [lately, own].sort());
});

test('the use of functions is noted once a day', async (t) => {
  const { sql } = await openLoggedDatabase(t, { databaseUrl: await freshDatabase() });
  const lastUse = async () =>
    (await sql`select last_used_at from function_version where name = ${own}`)[0]!.last_used_at;
  await sql`update function_version set last_used_at = now() - interval '23 hours'`;
  const before = await lastUse();
  await dropUnusedFunctions(sql);
  assert.deepEqual(await lastUse(), before);
  await sql`update function_version set last_used_at = now() - interval '25 hours'`;
  await dropUnusedFunctions(sql);
  assert.ok((await lastUse()) > before);
});

test('two installations in one database share no functions', async (t) => {
  const databaseUrl = await freshDatabase();
  const first = await openLoggedDatabase(t, { databaseUrl });
  await first.sql`create schema other`;
  const elsewhere = withParameter(databaseUrl, 'options', '-csearch_path=other');
  const second = await openLoggedDatabase(t, { databaseUrl: elsewhere });
  await migrate({ sql: second.sql, log: silent });
  const found = await first.sql`select nspname from pg_namespace where nspname like 'vouch\\_%'`;
  assert.equal(found.length, 2);
  for (const db of [first, second]) {
    const [row] = await db.call<{ device_trust: string | null; limit_wait: number | null }>('use_code', {
      phone_number: '+79160000000',
      devices: [],
      askers: [Buffer.alloc(32)],
      proofs: [],
      is_of_network: false,
      is_test: false,
      keys: ['network'],
      names: ['guess'],
      quotas: [1],
      window: 3600,
      spray_limit: 1,
      block_keys: [],
      client_ip: '192.0.2.1',
    });
    assert.deepEqual({ trust: row?.device_trust, wait: row?.limit_wait }, { trust: null, wait: null });
  }
});

test('arguments arrive as they are, whatever is in them', async (t) => {
  const db = await openLoggedDatabase(t, { databaseUrl: await freshDatabase() });
  await db.sql.unsafe(`create function ${own}.echo(p_texts text[], p_bytes bytea[], p_byte bytea, p_is boolean, p_at timestamptz,
    p_nothing text, p_now timestamptz, out texts json, out bytes text, out byte bytea, out yes boolean, out at timestamptz, out nothing text)
    language sql as
    $$ select array_to_json(p_texts), encode(p_bytes[2], 'hex'), p_byte, p_is, p_at, p_nothing $$`);
  const texts = ['', 'a,b', '"', '\\', '{}', 'null', "'", ' ', 'ы\n'];
  const at = new Date('2026-01-02T03:04:05.678Z');
  const input = {
    texts,
    bytes: [Buffer.from([1]), Buffer.from([0, 92, 34])],
    byte: Buffer.from([255, 0]),
    is: false,
    at,
  };
  for (let time = 0; time < 2; time += 1) {
    const [row] = await db.call('echo', { ...input, nothing: undefined });
    assert.deepEqual({ ...row }, { texts, bytes: '005c22', byte: input.byte, yes: false, at, nothing: null });
  }
});
