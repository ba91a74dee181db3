import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pino } from 'pino';
import { parseArguments } from '../src/cli/arguments.ts';
import type { PreparedCommand } from '../src/cli/command.ts';
import { commands } from '../src/cli/commands.ts';
import { createDatabase } from '../src/db/database.ts';
import type { Actor } from '../src/operators/actor.ts';
import { exportAll } from '../src/transfer/export-list.ts';
import { anyNumber, freshDatabase, openApp } from './support/harness.ts';

const app = await openApp({ databaseUrl: await freshDatabase() });
const db = createDatabase(app.sql, app.clock);
const log = pino({ level: 'silent' });
const actor: Actor = { kind: 'command_line', id: 'root' };
const period = { since: new Date(0), until: new Date(Date.now() + 86_400_000) };

test('all lists are of one moment, whatever is written while they are read', async () => {
  const numbers = [anyNumber(), anyNumber(), anyNumber()];
  for (const number of numbers) await app.signIn(number);
  const lines: Record<string, Record<string, unknown>[]> = { users: [], messages: [], audit: [] };
  const late = anyNumber();
  let hasWritten = false;
  const write = async (list: string, text: string) => {
    lines[list]!.push(
      ...text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    );
    if (hasWritten) return;
    hasWritten = true;
    // a person signs up and another one goes, between the people and their messages
    await app.signIn(late);
    const token = await app.signIn(numbers[0]!);
    const answer = await app.call('DELETE', '/api/users/me', undefined, { authorization: `Token ${token}` });
    assert.equal(answer.statusCode, 204, answer.body);
  };
  app.clock.turn(3600);
  const done = await exportAll({ db, log }, actor, { ...period, format: 'ndjson', write });
  assert.ok(done.ok && hasWritten);
  const known = (list: string, column: string) => lines[list]!.map((row) => row[column]).sort();
  assert.deepEqual(known('users', 'phone_number'), numbers.toSorted());
  assert.deepEqual(
    known('messages', 'phone_number'),
    numbers.toSorted(),
    'no message of later, and none lost its number',
  );
  assert.deepEqual(
    lines
      .audit!.filter(({ event }) => event === 'signed_in')
      .map(({ account_id: id }) => id)
      .sort(),
    known('users', 'id'),
  );
  assert.equal(done.rows, lines.users!.length + lines.messages!.length + lines.audit!.length);
  const [row] = await app.sql`select target, result from audit_event where act = 'export_all'`;
  assert.deepEqual({ ...row }, { target: 'export:all', result: 'succeeded' });
});

test.after(() => Promise.all(folders.map((one) => rm(one, { recursive: true, force: true }))));
const folders: string[] = [];

test('vouch export all writes each list into a folder that only this user reads, and overwrites nothing', async () => {
  folders.push(await mkdtemp(join(tmpdir(), 'vouch-export-')));
  const folder = join(folders[0]!, 'all');
  const run = async (...words: string[]) => {
    const command = parseArguments(words, new Date(), commands) as unknown as PreparedCommand;
    const context = { actor, createLog: async () => log, withDatabase: (use: (d: unknown) => unknown) => use(db) };
    return command.run(context as never);
  };
  const { text } = await run('export', 'all', '--into', folder, '--format', 'csv');
  assert.match(text, /has \d+ rows of one moment/);
  assert.deepEqual((await readdir(folder)).sort(), ['audit.csv', 'messages.csv', 'users.csv']);
  assert.match(await readFile(join(folder, 'messages.csv'), 'utf8'), /^id,attempt,/);
  assert.equal((await stat(join(folder, 'users.csv'))).mode & 0o777, 0o600);
  assert.equal((await stat(folder)).mode & 0o777, 0o700);
  await assert.rejects(run('export', 'all', '--into', folder, '--format', 'csv'), /EEXIST/);
  assert.throws(() => parseArguments(['export', 'all'], new Date(), commands), /--into is missing/);
});
