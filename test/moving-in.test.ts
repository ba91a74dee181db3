import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { parseArguments } from '../src/cli/arguments.ts';
import type { CommandContext } from '../src/cli/command.ts';
import { commands } from '../src/cli/commands.ts';
import { parseConfig } from '../src/config/config.ts';
import { openDatabase } from '../src/db/open.ts';
import { present } from '../src/kit/present.ts';
import { sourceArguments } from './support/child-script.ts';
import { openTestDatabase } from './support/create-database.ts';
import { freshDatabase, testKey } from './support/harness.ts';
import { TestClock } from './support/test-clock.ts';

const guide = await readFile(new URL('../docs/operator/moving-in.md', import.meta.url), 'utf8');
const folder = await mkdtemp(join(tmpdir(), 'vouch-moving-in-'));
await cp(fileURLToPath(new URL('imports/', import.meta.url)), folder, { recursive: true });
after(() => rm(folder, { recursive: true }));
const log = pino({ level: 'silent' });
const [url, original] = [await freshDatabase(), await freshDatabase({ migrated: false })];
const clock = new TestClock();
const db = clock.over(await openDatabase({ databaseUrl: url, dataDir: folder, poolSize: 3, log, clock }));
after(() => db.close());

const read = parseConfig({ SECRET_KEYS: testKey, DATABASE_URL: url }, () => '');
const shutdown = { requested: new AbortController().signal, forced: new AbortController().signal };

let gaveWay = 0;

/** Runs a command as the guide has it, with the files of the examples. */
async function run(line: string) {
  const words = line.split(' ').slice(1);
  const known = words.map((word) => {
    if (word.startsWith('postgresql://')) return original;
    return /\.(?:json|ndjson|csv)$|^everything$/.test(word) ? join(folder, word) : word;
  });
  if (known.includes(original)) known.push('--report', join(folder, 'original.report.ndjson'));
  const command = parseArguments(known, new Date(), commands);
  assert.ok('run' in command, line);
  assert.ok(read.ok, 'problems' in read ? read.problems.join() : '');
  const context: CommandContext = {
    config: read.config,
    shutdown,
    actor: { kind: 'command_line', id: 'test' },
    withDatabase: (use) => use(db),
    createLog: async () => log,
    giveWay: () => {
      gaveWay += 1;
    },
  };
  const output = await command.run(context);
  assert.ok(output.isGood, `${line}: ${output.text}`);
  return output;
}

const commandsOf = (text: string) =>
  [...text.matchAll(/^ *(vouch .*)$/gm)].map((match) => present(match[1], 'a command'));

/** The tables of the original, with the people of its example. */
async function fillOriginal() {
  const { sql, close } = openTestDatabase(original);
  await sql.unsafe(`drop table if exists users_user, authtoken_token`);
  await sql.unsafe(`create table users_user (id bigint primary key, password text, last_login timestamptz, is_superuser boolean,
      is_staff boolean, is_active boolean, date_joined timestamptz, email varchar(254), username varchar(150),
      first_name varchar(150), last_name varchar(150), phone_number varchar(18), region varchar(10),
      referal_code varchar(6), invite_code varchar(6));
    create table authtoken_token (key varchar(40) primary key, created timestamptz, user_id bigint)`);
  const dump: { model: string; pk: number | string; fields: Record<string, unknown> }[] = JSON.parse(
    await readFile(join(folder, 'django.json'), 'utf8'),
  );
  for (const { model, pk, fields } of dump) {
    const { groups: _, user_permissions: __, user, ...row } = fields;
    if (model === 'users.user') await sql`insert into users_user ${sql({ id: pk, ...row } as never)}`;
    else await sql`insert into authtoken_token ${sql({ key: pk, user_id: user, ...row } as never)}`;
  }
  await close();
}

const clear = () =>
  db.sql`truncate account, number_account, invite, invite_code, legacy_code, legacy_token, reserved_name, guest, block, session,
    trusted_device cascade`;

for (const section of guide.split(/^## /m).slice(1)) {
  const title = section.split('\n')[0] ?? '';
  const lines = commandsOf(section);
  if (lines.length === 0 || !/^(?:In three|From|And out)/.test(title)) continue;
  test(`the commands of the guide work, word for word: ${title}`, async () => {
    if (/Django/.test(title)) await fillOriginal();
    if (!title.startsWith('And out')) await clear();
    for (const line of lines) {
      const before = (await db.sql`select from account`).length;
      const { json } = await run(line);
      const accounts = (await db.sql`select from account`).length;
      if (line.includes('--dry-run')) assert.equal(accounts, before, line);
      else if (line.includes('import users')) assert.ok(accounts >= 2, line);
      if (line.includes('django') || line.includes('postgresql:')) {
        const { inserted, unchanged } = json as { inserted: number; unchanged: number };
        assert.equal(inserted + unchanged, 6, line);
      }
    }
  });
}

test('an option has one type in all commands, since options are read before the command', () => {
  const types = new Map<string, string>();
  for (const [name, { options }] of Object.entries(commands)) {
    for (const [option, type] of Object.entries(options)) {
      assert.equal(types.get(option) ?? type, type, `--${option} of vouch ${name}`);
      types.set(option, type);
    }
  }
  assert.ok(types.size > 10);
});

test('the guide has all systems, and each command of it is run', () => {
  for (const name of ['Django', 'Firebase', 'Supabase', 'Clerk', 'Auth0', 'anything else'])
    assert.match(guide, new RegExp(`^## From (?:the original )?${name}`, 'm'));
  const lines = commandsOf(guide);
  assert.ok(lines.length >= 18, `${lines.length} commands`);
});

test('what is exported is imported again: the same people, with codes, inviters and blocks', async () => {
  await clear();
  await run('vouch import users django.json --format django');
  const people =
    () => db.sql`select a.external_id, a.phone_number, a.username, a.email, a.created_at, i.code, i.redeemed_code,
      i.invited_count, exists (select from block b where b.value = a.id::text) as blocked
    from account a join invite i on i.account_id = a.id order by 1`;
  const before = [...(await people())];
  for (const format of ['ndjson', 'csv']) {
    await run(`vouch export users --format ${format} --output again.${format}`);
    await clear();
    await run(`vouch import users again.${format}`);
    assert.deepEqual([...(await people())], before, format);
  }
});

test('an export has one state, and does not overwrite a file', async () => {
  await clear();
  await run('vouch import users people.ndjson');
  await run('vouch export users --output once.ndjson');
  await assert.rejects(run('vouch export users --output once.ndjson'), /EEXIST/);
  const rows = (await readFile(join(folder, 'once.ndjson'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(rows.map((row) => [row.external_id, row.number_proven, row.blocked]).sort(), [
    ['1', false, false],
    ['2', false, false],
    ['3', false, true],
  ]);
});

test('an import lets the service have the processor first', async () => {
  gaveWay = 0;
  await clear();
  await run('vouch import users people.csv --dry-run');
  assert.equal(gaveWay, 1);
  const { stdout } = await promisify(execFile)(process.execPath, sourceArguments('test/support/report-priority.ts'));
  assert.equal(stdout.trim(), '10');
});
