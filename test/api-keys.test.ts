import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type KeyInput, keyDefaults } from '../src/api-keys/api-key.ts';
import { findKeyActor } from '../src/api-keys/find-key-actor.ts';
import { formatKey, hashKeySecret, newKeyId, newKeySecret, parseKey } from '../src/api-keys/key.ts';
import { addKey, listKeys, revokeKey, rotateKey } from '../src/api-keys/manage-keys.ts';
import { parseArguments } from '../src/cli/arguments.ts';
import type { CommandContext } from '../src/cli/command.ts';
import { keyCommands } from '../src/cli/key-commands.ts';
import { createDatabase } from '../src/db/database.ts';
import { formatNetwork, isInNetwork, parseNetwork } from '../src/limits/ip-network.ts';
import type { Actor } from '../src/operators/actor.ts';
import { parseToken } from '../src/sessions/session.ts';
import { openApp } from './support/harness.ts';

const app = await openApp();
const other = await openApp({ databaseUrl: app.databaseUrl });
const db = app.clock.over(createDatabase(app.sql, app.clock));
/** Another process at the same database. */
const otherDb = app.clock.over(createDatabase(other.sql, app.clock));
const logged: string[] = [];
const line = (...parts: unknown[]) => void logged.push(JSON.stringify(parts));
const needs = { db, log: { debug: line, info: line, warn: line, error: line, fatal: line } };
const operator: Actor = { kind: 'command_line', id: 'anna' };
const input: KeyInput = {
  name: 'billing',
  scopes: ['users:read', 'messages:read'],
  networks: [],
  lifetimeDays: keyDefaults.lifetimeDays,
  requestsPerMinute: keyDefaults.requestsPerMinute,
};
const minute = 60;
const day = 86_400;

async function issue(changes: Partial<KeyInput> = {}) {
  const added = await addKey(needs, operator, { ...input, ...changes });
  assert.ok(added.ok, JSON.stringify(added));
  return added;
}
const find = (key: string, clientIp = '192.0.2.1', at = db) => findKeyActor(at, key, clientIp);
const isAccepted = async (key: string, clientIp?: string, at = db) => (await find(key, clientIp, at)).ok;

test('a key has one spelling, whose checksum covers its id, and is no session token', () => {
  const [id, secret] = [newKeyId(), newKeySecret()];
  const key = formatKey(id, secret);
  assert.match(key, /^vouch_sk_[0-9a-f]{16}_[A-Za-z0-9_-]{48}$/);
  assert.deepEqual(parseKey(key), { id, secretHash: hashKeySecret(secret) });
  assert.equal(parseToken(key), undefined);
  for (let at = 0; at < key.length; at += 1) {
    const changed = key.slice(0, at) + (key[at] === 'a' ? 'b' : 'a') + key.slice(at + 1);
    assert.equal(parseKey(changed), undefined, `place ${at}`);
  }
  for (const wrong of ['', 'vouch_sk_', `${key}A`, key.slice(1), key.toUpperCase(), ` ${key}`, `${key}\n`])
    assert.equal(parseKey(wrong), undefined);
});

const networks: [text: string, spelling: string | undefined, inside: string[], outside: string[]][] = [
  ['192.0.2.0/24', '192.0.2.0/24', ['192.0.2.0', '192.0.2.255', '::ffff:192.0.2.7'], ['192.0.3.0', '2001:db8::1', '']],
  ['192.0.2.7', '192.0.2.7/32', ['192.0.2.7', '::ffff:c000:207'], ['192.0.2.8']],
  ['0.0.0.0/0', '0.0.0.0/0', ['255.255.255.255', '::ffff:1.2.3.4'], ['::1']],
  ['::ffff:192.0.2.0/120', '192.0.2.0/24', ['192.0.2.9', '::ffff:192.0.2.9'], ['192.0.3.9']],
  ['2001:db8::/33', '2001:db8::/33', ['2001:db8:7fff::1', '2001:0DB8::1'], ['2001:db8:8000::', '192.0.2.1']],
  ['2001:DB8:0::1', '2001:db8::1/128', ['2001:db8::1'], ['2001:db8::2', '2001:db8::1%eth0', 'unknown']],
  ['::/0', '::/0', ['::1', 'fe80::1'], ['192.0.2.1', '::ffff:192.0.2.1']],
  // an address of a tunnel holds an IPv4 address that anybody may write there
  ['198.51.100.0/24', '198.51.100.0/24', [], ['2002:c633:6401::1', '64:ff9b::198.51.100.1']],
  ...['192.0.2.0/33', '192.0.2/24', '::/129', '192.0.2.0/', '/24', 'localhost', '10.0.0.0/08', '::ffff:1.2.3.4/95'].map(
    (text): [string, undefined, string[], string[]] => [text, undefined, [], []],
  ),
];
for (const [text, spelling, inside, outside] of networks) {
  test(`the network ${text} is ${spelling ?? 'none'}`, () => {
    const parsed = parseNetwork(text);
    if (spelling === undefined) return assert.deepEqual(parsed, { ok: false, reason: 'no_network' });
    assert.ok(parsed.ok);
    assert.equal(formatNetwork(parsed.network), spelling);
    for (const ip of inside) assert.ok(isInNetwork(parsed.network, ip), `${ip} is inside`);
    for (const ip of outside) assert.ok(!isInNetwork(parsed.network, ip), `${ip} is outside`);
  });
}

test('a network with bits after its prefix is refused with the one that is meant', async () => {
  assert.deepEqual(parseNetwork('10.1.2.3/8'), { ok: false, reason: 'host_bits', meant: '10.0.0.0/8' });
  const added = await addKey(needs, operator, { ...input, networks: ['10.1.2.3/8'] });
  assert.deepEqual(added, { ok: false, code: 'network_invalid', network: '10.1.2.3/8', meant: '10.0.0.0/8' });
});

test('a key is stored as a hash only, and is in no row and no line of the log', async () => {
  const { id, key } = await issue();
  assert.deepEqual(await find(key), {
    ok: true,
    actor: { kind: 'key', id, scopes: ['users:read', 'messages:read'], clientIp: '192.0.2.1' },
  });
  const secret = key.slice(-48);
  const [rows] = await app.sql`select (select json_agg(k) from api_key k)::text as keys,
    (select json_agg(a) from audit_event a)::text as audit`;
  for (const text of [rows!.keys, rows!.audit, ...logged, ...app.log]) {
    assert.ok(!text.includes(secret));
    assert.ok(!text.includes(Buffer.from(secret, 'base64url').subarray(0, 32).toString('hex')));
  }
  assert.ok(rows!.audit.includes(`key:${id}`));
  assert.ok(logged.some((text) => text.includes(`key:${id}`)));
  const [row] = await app.sql`select secret_hash from api_key where id = ${id}`;
  assert.deepEqual(row!.secret_hash, parseKey(key)!.secretHash);
});

test('a key with another secret, another id or no form at all is refused', async () => {
  const { id, key } = await issue();
  assert.ok(await isAccepted(key));
  for (const wrong of [formatKey(id, newKeySecret()), formatKey(newKeyId(), newKeySecret()), 'x', ''])
    assert.deepEqual(await find(wrong), { ok: false, code: 'api_key_needed' });
  assert.deepEqual(await findKeyActor(db, undefined, ''), { ok: false, code: 'api_key_needed' });
});

test('a revoked key is refused by every process from then on, and stays revoked', async () => {
  const { id, key } = await issue();
  assert.ok(await isAccepted(key, undefined, otherDb));
  assert.deepEqual(await revokeKey(needs, operator, { id }), { ok: true, name: 'billing' });
  assert.ok(!(await isAccepted(key)));
  assert.ok(!(await isAccepted(key, undefined, otherDb)));
  assert.deepEqual(await revokeKey(needs, operator, { id }), { ok: false, code: 'key_revoked' });
  assert.deepEqual(await rotateKey(needs, operator, { id, overlapSeconds: 0 }), { ok: false, code: 'key_revoked' });
  assert.deepEqual(await revokeKey(needs, operator, { id: newKeyId() }), { ok: false, code: 'key_unknown' });
});

test('a key ends with its last day', async () => {
  const { key, expiresAt } = await issue({ lifetimeDays: 2 });
  app.clock.stop(expiresAt.getTime() - 1000);
  assert.ok(await isAccepted(key));
  // the clock of a test has milliseconds, and the end of a key microseconds
  app.clock.stop(expiresAt.getTime() + 1);
  assert.ok(!(await isAccepted(key)));
  app.clock.aheadMs = 0;
});

test('after a rotation both secrets are valid for the overlap, and never a third one', async () => {
  const { id, key: first } = await issue();
  const rotated = await rotateKey(needs, operator, { id, overlapSeconds: day });
  assert.ok(rotated.ok);
  const second = rotated.key;
  assert.ok((await isAccepted(first)) && (await isAccepted(second)));
  const again = await rotateKey(needs, operator, { id, overlapSeconds: day });
  assert.deepEqual(again, { ok: false, code: 'key_overlaps', until: rotated.previousUntil });
  app.clock.stop(rotated.previousUntil.getTime() - 1000);
  assert.ok((await isAccepted(first)) && (await isAccepted(second)));
  app.clock.stop(rotated.previousUntil.getTime() + 1);
  assert.ok(!(await isAccepted(first)) && (await isAccepted(second)));
  const third = await rotateKey(needs, operator, { id, overlapSeconds: 0 });
  assert.ok(third.ok);
  assert.ok(!(await isAccepted(second)) && (await isAccepted(third.key)));
  app.clock.aheadMs = 0;
});

test('without an overlap both older secrets end at once', async () => {
  const { id, key: first } = await issue();
  const second = await rotateKey(needs, operator, { id, overlapSeconds: day });
  const third = await rotateKey(needs, operator, { id, overlapSeconds: 0 });
  assert.ok(second.ok && third.ok);
  assert.deepEqual(await Promise.all([first, second.key, third.key].map((key) => isAccepted(key))), [
    false,
    false,
    true,
  ]);
});

test('an overlap does not outlive the replaced secret, and a new secret has the whole lifetime', async () => {
  const { id, expiresAt } = await issue({ lifetimeDays: 10 });
  app.clock.stop(expiresAt.getTime() - day * 1000);
  const rotated = await rotateKey(needs, operator, { id, overlapSeconds: 5 * day });
  assert.ok(rotated.ok);
  assert.equal(rotated.previousUntil.getTime(), expiresAt.getTime());
  assert.equal(rotated.expiresAt.getTime(), expiresAt.getTime() + 9 * day * 1000);
  app.clock.aheadMs = 0;
});

test('of concurrent rotations with an overlap one wins', async () => {
  const { id } = await issue();
  const outcomes = await Promise.all(
    Array.from({ length: 8 }, () => rotateKey(needs, operator, { id, overlapSeconds: day })),
  );
  assert.equal(outcomes.filter(({ ok }) => ok).length, 1);
});

test('a key works from its networks only', async () => {
  const { id, key } = await issue({ networks: ['192.0.2.0/24', '2001:db8::/32'] });
  for (const ip of ['192.0.2.9', '::ffff:192.0.2.9', '2001:db8:1::1']) assert.ok(await isAccepted(key, ip), ip);
  for (const ip of ['198.51.100.1', '2001:db9::1', 'unknown'])
    assert.deepEqual(await find(key, ip), { ok: false, code: 'network_not_allowed', keyId: id });
});

test('a key has its requests of a minute, over all processes, and each key its own', async () => {
  const { key } = await issue({ requestsPerMinute: 3 });
  const { key: free } = await issue({ requestsPerMinute: 3 });
  for (const at of [db, otherDb, db]) assert.ok(await isAccepted(key, undefined, at));
  const refused = await find(key, undefined, otherDb);
  assert.ok(!refused.ok && refused.code === 'too_many_key_requests');
  assert.ok(refused.retryInSeconds >= 1 && refused.retryInSeconds <= 20);
  assert.ok(await isAccepted(free));
  app.clock.turn(minute);
  assert.ok(await isAccepted(key));
  app.clock.aheadMs = 0;
});

test('the last use of a key is noted once a minute at most, and a refused request is none', async () => {
  const { id, key } = await issue({ networks: ['192.0.2.0/24'] });
  const lastUse = async () => (await app.sql`select last_used_at from api_key where id = ${id}`)[0]!.last_used_at;
  await find(key, '198.51.100.1');
  assert.equal(await lastUse(), null);
  const started = app.clock.time;
  app.clock.stop(started);
  await find(key);
  assert.equal((await lastUse()).getTime(), started);
  app.clock.stop(started + 59_000);
  await find(key);
  assert.equal((await lastUse()).getTime(), started);
  app.clock.stop(started + 60_000);
  await find(key);
  assert.equal((await lastUse()).getTime(), started + 60_000);
  app.clock.aheadMs = 0;
});

test('each invalid choice for a key is refused with its reason', async () => {
  const refused: [changes: object, code: string][] = [
    [{ name: ' ' }, 'key_name_invalid'],
    [{ name: 'a'.repeat(101) }, 'key_name_invalid'],
    [{ name: 'a\u001b[31m' }, 'key_name_invalid'],
    [{ scopes: [] }, 'scopes_missing'],
    [{ scopes: ['users:read', 'everything'] }, 'scope_unknown'],
    [{ networks: ['example.com'] }, 'network_invalid'],
    [{ networks: Array.from({ length: 51 }, () => '192.0.2.1') }, 'networks_too_many'],
    [{ lifetimeDays: 0 }, 'number_out_of_range'],
    [{ lifetimeDays: 3651 }, 'number_out_of_range'],
    [{ requestsPerMinute: 0 }, 'number_out_of_range'],
    [{ requestsPerMinute: 1.5 }, 'number_out_of_range'],
  ];
  for (const [changes, code] of refused) {
    const added = await addKey(needs, operator, { ...input, ...changes });
    assert.ok(!added.ok && added.code === code, `${JSON.stringify(changes)}: ${JSON.stringify(added)}`);
  }
  const { id } = await issue();
  for (const overlapSeconds of [-1, 30 * day + 1, Number.NaN]) {
    const rotated = await rotateKey(needs, operator, { id, overlapSeconds });
    assert.ok(!rotated.ok && rotated.code === 'number_out_of_range');
  }
});

test('no key may manage keys, and no operator below an admin', async () => {
  const scopes = input.scopes as never;
  const clientIp = '192.0.2.1';
  const actors: Actor[] = [
    { kind: 'key', id: newKeyId(), scopes, clientIp },
    { kind: 'operator', id: '1', role: 'support', clientIp, device: '', hasFreshCode: true },
  ];
  for (const actor of actors) {
    for (const outcome of [
      await addKey(needs, actor, input),
      await listKeys(needs, actor),
      await rotateKey(needs, actor, { id: newKeyId(), overlapSeconds: 0 }),
      await revokeKey(needs, actor, { id: newKeyId() }),
    ])
      assert.deepEqual(outcome, { ok: false, code: 'act_not_allowed', act: 'manage_keys' });
  }
});

test('the list shows each key with its state and never a secret', async () => {
  const { id, key } = await issue({ name: 'listed' });
  const listed = await listKeys(needs, operator);
  assert.ok(listed.ok);
  const found = listed.keys.find((row) => row.id === id);
  assert.equal(found?.name, 'listed');
  assert.equal(found?.created_by, 'command_line:anna');
  assert.equal(found?.is_live, true);
  assert.ok(!JSON.stringify(listed).includes(key.slice(-48)));
  assert.ok(!Object.keys(found ?? {}).some((name) => name.includes('hash')));
});

const context = {
  config: { managementApi: false },
  actor: operator,
  createLog: async () => needs.log,
  withDatabase: (run: (at: typeof db) => Promise<unknown>) => run(db),
} as unknown as CommandContext;

async function command(...words: string[]) {
  const parsed = parseArguments(words, new Date(), keyCommands);
  assert.ok('run' in parsed);
  return parsed.run(context);
}

test('the commands issue, list, rotate and revoke a key, and show its secret once', async () => {
  const from = logged.length;
  const added = await command('keys', 'add', 'by command', '--scopes', 'users:read', '--networks', '192.0.2.0/24');
  const { id, key } = added.json as { id: string; key: string };
  assert.ok(added.isGood && added.text.includes(key) && added.text.includes('set MANAGEMENT_API=on'));
  assert.ok(await isAccepted(key, '192.0.2.1'));
  const listed = await command('keys', 'list');
  assert.ok(listed.text.includes(id) && listed.text.includes('192.0.2.0/24') && !listed.text.includes(key));
  const rotated = await command('keys', 'rotate', id);
  const next = (rotated.json as { key: string }).key;
  assert.ok((await isAccepted(key, '192.0.2.1')) && (await isAccepted(next, '192.0.2.1')));
  assert.match((await command('keys', 'rotate', id)).text, /two valid secrets until .*--overlap 0/);
  assert.ok((await command('keys', 'rotate', id, '--overlap', '0')).isGood);
  assert.ok(!(await isAccepted(next, '192.0.2.1')));
  assert.ok((await command('keys', 'revoke', id)).isGood);
  const again = await command('keys', 'revoke', id);
  assert.deepEqual([again.isGood, again.text], [false, 'The key is revoked.']);
  assert.ok(!logged.slice(from).some((text) => text.includes(key.slice(-48))));
});

test('the commands refuse what they would have to guess, and repeat no key', () => {
  const key = formatKey(newKeyId(), newKeySecret());
  const refused: [words: string[], reason: RegExp][] = [
    [['add', 'a'], /--scopes is missing: some of users:read/],
    [['add', 'a', '--scopes', 'users:raed'], /nearest is users:read/],
    [['add', 'a', '--scopes', 'users:read', '--days', '0'], /--days has to be a whole number/],
    [['add'], /name is missing/],
    [['rotate', key], /no id of a key/],
    [['revoke', key], /no id of a key/],
    [['rotate', newKeyId(), '--overlap', 'long'], /is no time/],
  ];
  for (const [words, reason] of refused) {
    const parse = () => parseArguments(['keys', ...words], new Date(), keyCommands);
    assert.throws(parse, (error: Error) => reason.test(error.message) && !error.message.includes(key));
  }
});
