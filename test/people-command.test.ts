import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { parseArguments } from '../src/cli/arguments.ts';
import { commands } from '../src/cli/commands.ts';
import { nodeArguments } from './support/child-script.ts';
import { deepTest } from './support/depth.ts';
import { anyNumber, openApp, testKey } from './support/harness.ts';

const now = new Date('2026-03-10T12:00:00Z');
const inputOf = (...words: string[]) => (parseArguments(words, now, commands) as { input: unknown }).input;

test('a person is named by a number or by an account, a block by a kind and a value', () => {
  const id = '01A21F64-86b4-767b-851c-391b6b9975ae';
  assert.deepEqual(inputOf('unlock', '8 916 123-45-67', '--reason', 'a b'), {
    text: '8 916 123-45-67',
    reason: 'a b',
  });
  assert.deepEqual(inputOf('people', 'end-sessions', id), { accountId: id.toLowerCase(), reason: undefined });
  const added = inputOf('blocks', 'add', 'prefix', '+7916', '--until', '2d') as { endsAt: Date };
  assert.equal(added.endsAt.toISOString(), '2026-03-12T12:00:00.000Z');
  for (const [words, message] of [
    ['blocks add prefixx +7', /prefixx is no kind: .*nearest is prefix/],
    ['blocks add prefix', /A value is missing\. Example: vouch blocks add number \+79161234567/],
    ['blocks remove prefix +7 +8', /takes one kind and one value/],
    ['people erase +79161234567', /add --yes/],
    ['people list --limit 0', /whole number from 1 to 200/],
    ['invites top 5', /takes no 5/],
    ['people change +79161234567', /Nothing is to be changed\. Example: vouch people change/],
  ] as const)
    assert.throws(() => inputOf(...words.split(' ')), message, words);
});

deepTest('people are found, blocked and erased on the command line, and no number is printed in clear', async () => {
  const app = await openApp();
  const vouch = async (...words: string[]) => {
    const child = spawn(process.execPath, [...nodeArguments('src/main.ts'), ...words], {
      env: { PATH: process.env.PATH ?? '', DATABASE_URL: app.databaseUrl, SECRET_KEYS: testKey },
    });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk) => (out += chunk));
    child.stderr.on('data', (chunk) => (err += chunk));
    const code = await new Promise<number>((resolve) => child.on('close', (found) => resolve(found ?? -1)));
    assert.ok(!err.includes('    at '), err);
    return { code, out, err };
  };
  const phone = anyNumber();
  await app.signIn(phone);
  const found = await vouch('people', 'find', phone, '--json');
  assert.equal(found.code, 0, found.err);
  const [{ id, phone_number: shown }] = JSON.parse(found.out).items;
  assert.match(shown, /^\+7 •/);
  const blocked = await vouch('blocks', 'add', 'account', id, '--reason', 'fraud\u001b[2J', '--until', '1d');
  assert.match(blocked.out, /^Blocked: account .*Sessions ended: 1\.\n$/);
  const list = await vouch('blocks', 'list');
  assert.match(list.out, /fraud\\u001b\[2J/, 'no escape sequence of a reason');
  const changed = await vouch('people', 'change', phone, '--first-name', 'Ann', '--email', '');
  assert.deepEqual([changed.code, changed.out], [0, 'Changed: first_name, email.\n'], changed.err);
  const longer = await vouch('people', 'block', phone, '--reason', 'fraud', '--until', '2d');
  assert.deepEqual([longer.code, longer.out], [0, 'Blocked. Sessions ended: 0.\n'], longer.err);
  const tree = await vouch('invites', 'tree', phone);
  assert.match(tree.out, /has invited 0/);
  const erased = await vouch('people', 'erase', phone, '--yes', '--json');
  assert.equal(JSON.parse(erased.out).removed.account, 1, erased.err);
  const again = await vouch('people', 'erase', id, '--yes');
  assert.deepEqual([again.code, again.out], [1, 'There is no such person.\n']);
  for (const { out, err } of [found, blocked, list, tree, erased]) assert.ok(!(out + err).includes(phone.slice(2)));
});
