import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { deepTest } from './support/depth.ts';
import { anyNumber, openApp } from './support/harness.ts';
import { oidc } from './support/oidc-client.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const app = await openApp({ oidc });
const url = await app.server.listen({ host: '127.0.0.1', port: 0 });

test('the README of each example has less than 40 lines', () => {
  for (const name of readdirSync(`${root}/examples`))
    assert.ok(readFileSync(`${root}/examples/${name}/README.md`, 'utf8').split('\n').length < 40, name);
});

test('examples/mobile signs in, shows the person, refreshes its tokens and signs out', async () => {
  const phone = anyNumber();
  const env = { PATH: process.env.PATH, VOUCH_URL: url, CLIENT_ID: 'phone' };
  const script = spawn('sh', ['examples/mobile/sign-in.sh', phone], { cwd: root, env });
  const printed = Promise.all([text(script.stdout), once(script, 'exit')]);
  // without a prompt it has ended
  await Promise.race([once(script.stderr, 'data'), once(script, 'exit')]);
  script.stdin.end(`${app.codeFor(phone)}\n`);
  const [person, [status]] = await printed;
  assert.equal(status, 0, person);
  assert.equal(JSON.parse(person).phone_number, phone);
  assert.equal((await app.sql`select from session`).length, 0, 'it has signed out');
});

deepTest('examples/server keeps a session in a cookie of its own', async () => {
  const compiler = ['node_modules/typescript/bin/tsc', '-p', 'packages/server'];
  await promisify(execFile)(process.execPath, compiler, { cwd: root });
  const env = { PATH: process.env.PATH, VOUCH_URL: url, SESSION_SECRET: 's'.repeat(32), PORT: '0' };
  const server = spawn(process.execPath, ['examples/server/server.mjs'], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const ended = once(server, 'exit').then(([status]) => assert.fail(`it ended with ${status}`));
    const [line] = await Promise.race([once(server.stdout, 'data'), ended]);
    ended.catch(() => {});
    const origin = String(line).trim();
    const call = (method: string, path: string, headers: Record<string, string> = {}) =>
      fetch(origin + path, { method, headers });
    assert.equal((await call('POST', '/session', { authorization: 'Bearer wrong' })).status, 401);
    const token = await app.signIn(anyNumber());
    const begun = await call('POST', '/session', { authorization: `Bearer ${token}` });
    const [cookie = ''] = begun.headers.getSetCookie().map((header) => header.split(';')[0]);
    assert.match((await (await call('GET', '/me', { cookie })).json()).sub, /^[\da-f-]{36}$/);
    assert.equal((await call('GET', '/me')).status, 401);
    assert.match((await call('DELETE', '/session')).headers.get('set-cookie') ?? '', /Max-Age=0/);
  } finally {
    server.kill();
  }
});
