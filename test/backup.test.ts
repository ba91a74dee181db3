import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeArguments } from './support/child-script.ts';
import { fillDataFolder } from './support/data-folder.ts';
import { deepTest } from './support/depth.ts';
import { freshDatabase, testKey } from './support/harness.ts';
import { start, workingFolder } from './support/product-process.ts';

const folder = workingFolder();

async function vouch(env: NodeJS.ProcessEnv, ...words: string[]): Promise<{ code: number; out: string; err: string }> {
  const child = spawn(process.execPath, [...nodeArguments('src/main.ts'), ...words], {
    cwd: folder,
    env: { PATH: process.env.PATH, ...env },
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => (out += chunk));
  child.stderr.on('data', (chunk) => (err += chunk));
  const [code] = await once(child, 'close');
  return { code, out, err };
}

interface Visitor {
  readonly token: string;
  /** It asks again without the pause of 30 s that strangers wait for. */
  readonly device: string;
}

async function signIn(url: string, phone: string, device = ''): Promise<Visitor> {
  const call = (path: string, body: object) =>
    fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'device-token': device },
      body: JSON.stringify(body),
    });
  assert.equal((await call('/api/request-sms/', { phone_number: phone })).status, 201);
  const inbox = await fetch(`${url}/dev/inbox.json?phone=${encodeURIComponent(phone)}`);
  const { messages } = (await inbox.json()) as { messages: { code: string }[] };
  const verified = await call('/api/verify-sms/', { phone_number: phone, sms_code: messages[0]!.code });
  assert.equal(verified.status, 201);
  const { token } = (await verified.json()) as { token: string };
  return { token, device: verified.headers.get('device-token')! };
}

async function me(url: string, token: string): Promise<{ status: number; id: string }> {
  const answer = await fetch(`${url}/api/users/me`, { headers: { authorization: `Token ${token}` } });
  return { status: answer.status, ...((await answer.json()) as { id: string }) };
}

async function stop({ child }: ReturnType<typeof start>): Promise<void> {
  child.kill('SIGTERM');
  if (child.exitCode === null) await once(child, 'exit');
}

deepTest('a backup of the running product is restored into a new DATA_DIR, where people are and sign in', async () => {
  const [dataDir, target, restored] = ['data', 'backup', 'restored'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  await mkdir(dataDir);
  fillDataFolder(dataDir);
  const product = start({ DATA_DIR: dataDir });
  const url = await product.ready;
  const { token, device } = await signIn(url, '+79160000001');
  const { id } = await me(url, token);
  const made = await vouch({ DATA_DIR: dataDir }, 'backup', target);
  assert.equal(made.code, 0, made.err);
  assert.match(made.out, /holds a backup of \d+ MB\. The key of .*data is in it/);
  assert.equal((await stat(target)).mode & 0o777, 0o700);
  const { token: later } = await signIn(url, '+79160000002');
  assert.match((await vouch({ DATA_DIR: dataDir }, 'backup', target)).err, /is not empty: name a new folder/);
  assert.match((await vouch({ DATA_DIR: dataDir }, 'restore', target)).err, /in use|not overwritten/);
  assert.equal((await me(url, later)).status, 200, 'the running product was done no harm');
  await stop(product);
  assert.match(
    (await vouch({ DATA_DIR: dataDir }, 'restore', target)).err,
    /holds a database, which is not overwritten/,
  );

  const put = await vouch({ DATA_DIR: restored }, 'restore', target);
  assert.equal(put.code, 0, put.err);
  assert.match(put.out, /restored holds what was there at \d{4}-.* The key of the backup is there too/);
  assert.equal(
    await readFile(join(restored, 'secret-key'), 'utf8'),
    await readFile(join(dataDir, 'secret-key'), 'utf8'),
  );
  const again = start({ DATA_DIR: restored });
  const restoredUrl = await again.ready;
  assert.deepEqual(await me(restoredUrl, token).then(({ status, id }) => [status, id]), [200, id], 'the session lives');
  const { token: fresh } = await signIn(restoredUrl, '+79160000001', device);
  assert.equal((await me(restoredUrl, fresh)).id, id, 'the number leads to the same account');
  assert.equal((await me(restoredUrl, later)).status, 401, 'what came after the backup is not in it');
  await stop(again);

  const [broken] = (await readdir(join(target, 'postgres', 'global'))).filter((name) => /^\d+$/.test(name));
  const file = join(target, 'postgres', 'global', broken!);
  await writeFile(file, Buffer.alloc((await stat(file)).size, 1));
  const other = join(folder, 'other');
  assert.match((await vouch({ DATA_DIR: other }, 'restore', target)).err, /is not as it was backed up/);
  assert.deepEqual(await readdir(other), [], 'nothing is left of a restore that failed');
});

deepTest('what cannot be backed up or restored is told with the mend', async () => {
  const empty = join(folder, 'empty');
  await mkdir(empty);
  const none = await vouch({ DATA_DIR: empty }, 'backup', join(folder, 'backup-of-nothing'));
  assert.deepEqual([none.code, /There is no database in .*empty: set DATA_DIR/.test(none.err)], [1, true], none.err);
  const unfinished = await vouch({ DATA_DIR: empty }, 'restore', empty);
  assert.match(unfinished.err, /holds no finished backup: its manifest\.json is missing or damaged/);
  assert.deepEqual([(await vouch({}, 'restore')).code, (await vouch({}, 'backup')).code], [2, 2]);
});

deepTest('with DATABASE_URL the dump is made by pg_dump, and its absence is told with the command', async () => {
  const bin = join(folder, 'bin');
  await mkdir(bin);
  const env = { DATABASE_URL: await freshDatabase(), DATA_DIR: join(folder, 'unused'), SECRET_KEYS: testKey };
  const missing = await vouch({ ...env, PATH: bin }, 'backup', join(folder, 'dump'));
  assert.match(missing.err, /pg_dump is not installed here: .*pg_dump --dbname="\$DATABASE_URL" --format=custom/);
  assert.deepEqual(await readdir(join(folder, 'dump')), []);
  // in the place of pg_dump: which version is installed here does not fit the server of the tests
  await writeFile(join(bin, 'pg_dump'), '#!/bin/sh\necho dump > "$(echo "$4" | cut -d= -f2)"\n');
  await writeFile(join(bin, 'pg_restore'), `#!/bin/sh\necho "$@" > '${bin}/restored'\n`);
  for (const name of ['pg_dump', 'pg_restore']) await chmod(join(bin, name), 0o755);
  const path = { ...env, PATH: `${bin}:${process.env.PATH}` };
  const made = await vouch(path, 'backup', join(folder, 'dump'));
  assert.match(made.out, /SECRET_KEYS is not in it: keep it apart/, made.err);
  assert.match((await vouch(path, 'restore', join(folder, 'dump'))).err, /holds tables, which are not overwritten/);
  const target = { ...path, DATABASE_URL: await freshDatabase({ migrated: false }) };
  const put = await vouch(target, 'restore', join(folder, 'dump'));
  assert.equal(put.code, 0, put.err);
  assert.match(
    await readFile(join(bin, 'restored'), 'utf8'),
    /--single-transaction .*vouch\.dump --dbname=postgres:\/\/vouch@/,
  );
});
