// Takes seconds: `npm run test:fast` leaves this file out.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { openBrowser, openVisitor } from './support/browser.ts';
import { nodeArguments } from './support/child-script.ts';
import { openTestDatabase } from './support/create-database.ts';
import { deepTest, isDeep } from './support/depth.ts';
import { freePort } from './support/free-port.ts';
import { anyNumber, freshDatabase } from './support/harness.ts';
import { authRequest } from './support/oidc-client.ts';
import { folderOfApp, root, startApp } from './support/other-languages.ts';
import { start } from './support/product-process.ts';

const run = promisify(execFile);
const page = (name: string) => readFile(join(root, `docs/quickstart/${name}.md`), 'utf8');
const blocks = (text: string, kind: string) =>
  [...text.matchAll(new RegExp(`^\`\`\`${kind}\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, block = '']) => block);

/** The product with a new DATA_DIR, and a shell in which `vouch` is its command line. */
async function openInstallation() {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const folder = await folderOfApp();
  const settings = { NODE_ENV: 'development', DATA_DIR: join(folder, 'data'), OIDC: 'on', PUBLIC_URL: url };
  await start({ ...settings, PORT: String(port) }, [], folder).ready;

  async function shell(
    t: TestContext,
    script: string,
    more: Record<string, string> = {},
    cwd = folder,
  ): Promise<string> {
    const env = { PATH: process.env.PATH, VOUCH_URL: url, ...settings, ...more };
    const vouch = `vouch() { '${process.execPath}' ${nodeArguments('src/main.ts')
      .map((word) => `'${word}'`)
      .join(' ')} "$@"; }`;
    const words = ['-c', `set -eu\n${vouch}\n${script}`];
    const { stdout } = await run('sh', words, { env, cwd }).catch((error) =>
      assert.fail(`${script}\n${error.stdout}\n${error.stderr}`),
    );
    t.diagnostic(stdout.slice(0, 200));
    return stdout;
  }

  async function call(path: string, body: unknown) {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
    assert.equal(answer.status, 201, path);
    return answer.json();
  }

  async function codeFor(number: string): Promise<string> {
    const inbox = await fetch(`${url}/dev/inbox.json?phone=${encodeURIComponent(number)}`);
    return (await inbox.json()).messages[0].code;
  }

  /** Signs in by the API, and returns the token. */
  async function signIn(number: string): Promise<string> {
    await call('/api/request-sms/', { phone_number: number });
    return (await call('/api/verify-sms/', { phone_number: number, sms_code: await codeFor(number) })).token;
  }

  return { url, shell, codeFor, signIn };
}

type Installation = Awaited<ReturnType<typeof openInstallation>>;
// outside of a test, which would end what it starts
const installation = isDeep ? await openInstallation() : undefined;
const opened = () => installation ?? assert.fail('only a deep test needs it');

/** A folder with programs of a page, which find their packages as after `npm install`. */
async function folderOfPackages(): Promise<string> {
  const folder = await folderOfApp();
  const own = join(folder, 'node_modules/@vouch/server');
  await mkdir(own, { recursive: true });
  await cp(join(root, 'packages/server/package.json'), join(own, 'package.json'));
  const { resolve } = createRequire(join(root, 'packages/server/package.json'));
  for (const name of ['jose', 'standardwebhooks', 'express', 'openid-client'])
    await symlink(packageOf(resolve(name), name), join(folder, 'node_modules', name));
  const compiler = [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'packages/server')];
  await run(process.execPath, [...compiler, '--outDir', join(own, 'dist')]);
  return folder;
}

/** The folder of a package, of which a file is known. */
function packageOf(file: string, name: string): string {
  const end = `node_modules/${name}`;
  return file.slice(0, file.lastIndexOf(end) + end.length);
}

/** Signs a number in through the pages of the installation, which the browser shows. */
async function enter({ codeFor }: Installation, at: Page, number: string): Promise<void> {
  await at.fill('input[name=phone_number]', number);
  await at.press('input[name=phone_number]', 'Enter');
  await at.waitForURL('**/confirm/');
  await at.fill('input[name=sms_code]', await codeFor(number));
}

/** The table of an app whose rows belong to the people of an earlier system. */
const orders = {
  firebase: { columns: 'firebase_uid text, account_id uuid', old: 'firebase_uid', account: 'account_id' },
  supabase: { columns: 'user_id uuid', old: 'user_id', account: 'user_id' },
};

/**
 * Runs the statements of a page in a database of an app, with the rows of `users.csv` between them, and returns the account
 * that the order of each of these people has then, by their old id.
 */
async function moveOrders(
  t: TestContext,
  { statements, users, people }: Record<'statements', string> & Record<'users' | 'people', readonly string[]>,
  { columns, old, account }: (typeof orders)[keyof typeof orders],
): Promise<Map<string, string | null>> {
  const { sql, close } = openTestDatabase(await freshDatabase({ migrated: false }));
  t.after(close);
  const [create = '', update = ''] = statements.split(/^-- fill it .*$/m);
  await sql.unsafe(create);
  for (const [id = '', externalId = ''] of users.map((line) => line.split(',')))
    if (externalId) await sql.unsafe('insert into moved values ($1, $2)', [id, externalId]);
  await sql.unsafe(`create table orders (note text, ${columns})`);
  for (const id of people) await sql.unsafe(`insert into orders (note, ${old}) values ($1, $2)`, [id, id]);
  await sql.unsafe(update);
  const rows = await sql.unsafe<{ note: string; account: string | null }[]>(
    `select note, ${account} as account from orders`,
  );
  return new Map(rows.map((row) => [row.note, row.account]));
}

for (const [name, file, imported, blocked] of [
  ['firebase', 'firebase.json', '+79160000201', '+79160000202'],
  ['supabase', 'supabase.csv', '+79160000301', '+4915123456789'],
] as const)
  deepTest(
    `every command and statement of migration-from-${name}.md works as it stands, and the people sign in`,
    async (t) => {
      const { shell, signIn, url } = opened();
      const folder = await folderOfApp();
      await cp(join(root, 'test/imports', file), join(folder, file));
      const text = await page(`migration-from-${name}`);
      const printed = await shell(t, blocks(text, 'sh').join(''), {}, folder);
      assert.match(printed, /^id,external_id,/m);
      const report = await readFile(join(folder, `${file}.report.ndjson`), 'utf8');
      assert.match(report, /inserted/);
      const users = (await readFile(join(folder, 'users.csv'), 'utf8')).split('\n');
      const row = users.find((line) => line.includes(imported)) ?? assert.fail(users.join('\n'));
      assert.ok(users.some((line) => line.includes(blocked)));
      const headers = { authorization: `Bearer ${await signIn(imported)}` };
      const { id } = await (await fetch(`${url}/api/users/me`, { headers })).json();
      assert.equal(row.split(',')[0], id);
      const [head = '', ...rest] = users.filter((line) => line !== '');
      assert.match(head, /^id,external_id,/);
      const people = rest.filter((line) => [imported, blocked].some((number) => line.includes(number)));
      const known = { users: rest, people: people.map((line) => line.split(',')[1] ?? '') };
      const moved = await moveOrders(t, { statements: blocks(text, 'sql').join(''), ...known }, orders[name]);
      assert.deepEqual(moved, new Map(people.map((line) => [line.split(',')[1] ?? '', line.split(',')[0] ?? ''])));
    },
  );

deepTest('the commands and the programs of another-backend.md work as they stand', async (t) => {
  const site = opened();
  const text = await page('another-backend');
  const [session = '', register = '', introspect = '', resource = ''] = blocks(text, 'sh');
  const [findPerson = '', findAccount = '', checkToken = ''] = blocks(text, 'js');
  const number = anyNumber();
  const token = await site.signIn(number);
  assert.match(await site.shell(t, session, { TOKEN: token }), new RegExp(`"phone_number":"\\${number}"`));
  const folder = await folderOfPackages();
  const program = async (code: string, calls: string, env: Record<string, string>) => {
    await writeFile(join(folder, 'program.mjs'), `${code}\nconsole.log(JSON.stringify(await (${calls})()))`);
    const options = { env: { PATH: process.env.PATH, VOUCH_URL: site.url, ...env }, cwd: folder };
    return JSON.parse((await run(process.execPath, ['program.mjs'], options)).stdout);
  };
  const both = (name: string) => `async () => [await ${name}(process.env.TOKEN), (await ${name}('wrong')) ?? null]`;
  const [person, nobody] = await program(findPerson, both('findPerson'), { TOKEN: token });
  assert.deepEqual([person.phoneNumber, nobody], [number, null]);

  const redirect = 'https://warehouse.example.com/callback';
  const secretOf = (printed: string) => /^[\w-]{43}$/m.exec(printed)?.[0] ?? assert.fail(printed);
  const secret = secretOf(await site.shell(t, resource));
  const apiSecret = secretOf(await site.shell(t, `${register}echo "$API_SECRET"`));
  const api = 'https://api.example.com';
  const tokens = async (extra: Record<string, string>) => {
    const { url, verifier } = authRequest('warehouse', { redirect_uri: redirect, ...extra });
    const { page: visit } = await openVisitor(await openBrowser(), site.url);
    await visit.goto(url);
    await enter(site, visit, anyNumber());
    // no host has that name, but the browser asks for it
    const callback = await visit.waitForRequest((request) => request.url().startsWith(redirect));
    const code = new URL(callback.url()).searchParams.get('code') ?? '';
    const form = { grant_type: 'authorization_code', code, redirect_uri: redirect, code_verifier: verifier };
    const body = new URLSearchParams({ ...form, ...(extra.resource ? { resource: extra.resource } : {}) });
    const authorization = `Basic ${btoa(`warehouse:${secret}`)}`;
    const answer = await fetch(`${site.url}/oauth/token`, { method: 'POST', headers: { authorization }, body });
    return answer.json();
  };
  const { access_token: opaque } = await tokens({});
  const known = { API_SECRET: apiSecret, ACCESS_TOKEN: opaque };
  const { active, sub } = JSON.parse(await site.shell(t, introspect, known));
  assert.equal(active, true);
  const found = await program(findAccount, both('findAccount'), { API_SECRET: apiSecret, TOKEN: opaque });
  assert.deepEqual(found, [sub, null]);

  const { access_token: jwt, id_token: idToken } = await tokens({ resource: api, scope: 'openid orders:read' });
  const checked = await program(checkToken, 'async () => checkToken(process.env.TOKEN)', { TOKEN: jwt });
  assert.deepEqual(checked.scopes, ['orders:read']);
  await assert.rejects(program(checkToken, 'async () => checkToken(process.env.TOKEN)', { TOKEN: idToken }));
});

deepTest('the command and the program of server-app.md work as they stand', async (t) => {
  const site = opened();
  const text = await page('server-app');
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const [register = ''] = blocks(text, 'sh');
  const printed = await site.shell(t, register.replaceAll('https://shop.example.com', origin));
  const secret = /^[\w-]{43}$/m.exec(printed)?.[0] ?? assert.fail(printed);
  const folder = await folderOfPackages();
  const [program = ''] = blocks(text, 'js');
  await writeFile(join(folder, 'shop.mjs'), program);
  const env = {
    VOUCH_URL: site.url,
    ORIGIN: origin,
    PORT: String(port),
    CLIENT_SECRET: secret,
    SESSION_SECRET: 's'.repeat(32),
  };
  await startApp([process.execPath, 'shop.mjs'], { port, cwd: folder, env });
  const { page: visit } = await openVisitor(await openBrowser(), origin);
  await visit.goto('/');
  await visit.click('a');
  const number = anyNumber();
  await enter(site, visit, number);
  await visit.waitForURL(`${origin}/`);
  assert.match((await visit.textContent('body')) ?? '', new RegExp(`^[\\da-f-]{36} \\${number}$`));
});
