import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { parseArguments } from '../src/cli/arguments.ts';
import type { CommandContext } from '../src/cli/command.ts';
import { commands } from '../src/cli/commands.ts';
import { readClients } from '../src/config/clients-file.ts';
import { parseConfig } from '../src/config/config.ts';
import { isClientProblem, parseOidcClient } from '../src/config/oidc-client.ts';
import { createDatabase } from '../src/db/database.ts';
import { secretKeys } from '../src/kit/secret.ts';
import { findClient } from '../src/oidc/find-client.ts';
import { addClient, listClients, removeClient, rotateClient, rotateKeys } from '../src/oidc/manage-clients.ts';
import { loadSigningKeys } from '../src/oidc/signing-keys.ts';
import { memoryLog } from './support/embedded-database.ts';
import { openApp, testKey } from './support/harness.ts';

const { sql, clock, databaseUrl } = await openApp();
const needs = {
  db: createDatabase(sql, clock),
  log: memoryLog(() => undefined),
  keys: secretKeys([testKey]),
  clients: new Map(),
};
const actor = { kind: 'command_line', id: 'ann' } as const;
const input = { client_id: 'shop', redirect_uris: ['https://shop.example/cb'] };

test('a client is added, listed, gets a new secret beside the old one, and is removed; secrets are hashes', async () => {
  const added = await addClient(needs, actor, input);
  assert.ok(added.ok && added.secret);
  assert.deepEqual(await addClient(needs, actor, input), { ok: false, code: 'client_exists' });
  const listed = await listClients(needs, actor);
  assert.deepEqual(listed.ok && listed.clients.map(({ id }) => id), ['shop']);
  assert.equal(JSON.stringify(listed).includes(added.secret), false);
  assert.equal((await findClient(needs, 'shop'))?.secretHashes.length, 1);
  const rotated = await rotateClient(needs, actor, { id: 'shop', overlapSeconds: 3600 });
  assert.ok(rotated.ok && rotated.secret !== added.secret);
  assert.equal((await findClient(needs, 'shop'))?.secretHashes.length, 2);
  clock.turn(3601);
  assert.equal((await findClient(needs, 'shop'))?.secretHashes.length, 1, 'the old secret has ended');
  assert.deepEqual(await removeClient(needs, actor, { id: 'shop' }), { ok: true });
  assert.deepEqual(await removeClient(needs, actor, { id: 'shop' }), { ok: false, code: 'client_unknown' });
  assert.deepEqual(await rotateClient(needs, actor, { id: 'shop', overlapSeconds: 0 }), {
    ok: false,
    code: 'client_unknown',
  });
  const acts = await sql`select act, target from audit_event where act = 'manage_clients'`;
  assert.equal(acts.length, 3);
});

test('redirect URIs are https, for native apps also private schemes and the loopback interface, and nothing else', () => {
  const allows = (application_type: string, uri: string) =>
    !isClientProblem(parseOidcClient({ client_id: 'x', application_type, redirect_uris: [uri] }));
  for (const uri of ['https://shop.example/cb', 'http://localhost:3000/cb', 'http://127.0.0.1/cb'])
    assert.ok(allows('web', uri), uri);
  for (const uri of ['https://shop.example/cb', 'com.example.app:/cb', 'http://[::1]/cb'])
    assert.ok(allows('native', uri), uri);
  for (const uri of [
    'http://shop.example/cb',
    'https://shop.example/#x',
    'https://*.example/cb',
    'myapp://cb',
    'javascript:alert(1)',
    'shop',
    'https://u@shop.example/',
  ])
    for (const type of ['web', 'native']) assert.equal(allows(type, uri), false, `${type} ${uri}`);
  assert.equal(allows('web', 'com.example.app:/cb'), false);
});

test('the file of apps is refused at the start with all its problems, each named by the variable', () => {
  const problemsOf = (text: string): string[] => {
    const problems: string[] = [];
    readClients('clients.json', () => text, problems);
    return problems;
  };
  const hash = 'a'.repeat(64);
  assert.deepEqual(problemsOf(JSON.stringify([{ ...input, client_secret_sha256: hash }])), []);
  const bad = [
    { ...input },
    { ...input, client_secret_sha256: 'secret' },
    { client_id: 'a b' },
    7,
    { ...input, x: 1, client_secret_sha256: hash },
  ];
  const problems = problemsOf(JSON.stringify(bad));
  assert.equal(problems.length, bad.length);
  assert.deepEqual(problemsOf('{').length, 1);
  for (const problem of [...problems, ...problemsOf('{}')]) assert.match(problem, /^CLIENTS_FILE/);
  const twice = [1, 2].map(() => ({ ...input, client_secret_sha256: hash }));
  assert.match(problemsOf(JSON.stringify(twice))[0] ?? '', /twice/);
});

test('keys are made once, rotate without an outage, and open with an earlier key of the instance', async () => {
  const [one, two] = await Promise.all([loadSigningKeys(needs), loadSigningKeys(needs)]);
  const ids = (keys: readonly { kid?: string | undefined }[]) => keys.map(({ kid }) => kid);
  assert.deepEqual(ids(one).toSorted(), ['ES256-1', 'RS256-1']);
  assert.deepEqual(ids(two).toSorted(), ids(one).toSorted());
  const rotated = await rotateKeys(needs, actor, { isLeak: false });
  assert.deepEqual(rotated.ok && rotated.made, ['RS256-2', 'ES256-2']);
  const before = ids(await loadSigningKeys(needs));
  assert.ok(before.indexOf('RS256-1') < before.indexOf('RS256-2'), 'the new key is published, and the old one signs');
  clock.turn(601);
  const renewed = { ...needs, keys: secretKeys(['another key of the instance, long enough 0123', testKey]) };
  const after = ids(await loadSigningKeys(renewed));
  assert.ok(after.indexOf('RS256-2') < after.indexOf('RS256-1'), 'the new key signs, and the old one is published');
  const alone = { ...needs, keys: secretKeys(['another key of the instance, long enough 0123']) };
  assert.deepEqual(ids(await loadSigningKeys(alone)), after, 'sealed anew');
  await rotateKeys(alone, actor, { isLeak: true });
  assert.deepEqual(ids(await loadSigningKeys(alone)).toSorted(), ['ES256-3', 'RS256-3']);
  const trail = await sql`select actor_id, details from audit_event where target = 'keys:signing' order by id`;
  assert.deepEqual(
    trail.map((row) => ({ ...row })),
    ['rotated', 'replaced'].map((details) => ({ actor_id: 'ann', details })),
  );
  const rows = JSON.stringify(await sql`select sealed, public_key from signing_key`);
  assert.equal(rows.includes('"d"'), false, 'no private key is in the database in clear');
});

test('the command adds an API that signs nobody in, and an app with JWTs for an API', async () => {
  const config = parseConfig({ SECRET_KEYS: testKey, DATABASE_URL: databaseUrl }, assert.fail);
  assert.ok(config.ok, 'a configuration');
  const shutdown = { requested: new AbortController().signal, forced: new AbortController().signal };
  const context: CommandContext = {
    config: config.config,
    shutdown,
    actor,
    withDatabase: (use) => use(needs.db as never),
    createLog: async () => pino({ level: 'silent' }),
    giveWay: () => undefined,
  };
  const add = async (...words: string[]) => {
    const command = parseArguments(['clients', 'add', ...words], new Date(), commands);
    assert.ok('run' in command);
    return (await command.run(context)).isGood;
  };
  assert.ok(await add('orders', '--type', 'api', '--first-party'));
  assert.deepEqual((await findClient(needs, 'orders'))?.client.grant_types, []);
  const redirect = ['--redirect', 'https://shop.example/cb'];
  assert.ok(await add('books', ...redirect, '--resource', 'https://a.example read write,https://b.example read'));
  const resources = { 'https://a.example': 'read write', 'https://b.example': 'read' };
  assert.deepEqual((await findClient(needs, 'books'))?.client.resources, resources);
  assert.equal(await add('toys', ...redirect, '--resource', 'https://a.example'), false, 'no scope');
  for (const id of ['orders', 'books']) await removeClient(needs, actor, { id });
});
