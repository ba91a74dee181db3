import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chown } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { nodeArguments } from './support/child-script.ts';
import { deepTest, testOf } from './support/depth.ts';
import { cleanup, emptyFolder, eventually, type ProcessLine } from './support/embedded-database.ts';
import { freshDatabase } from './support/harness.ts';

const isRoot = process.getuid?.() === 0;
const opener = nodeArguments('test/support/database-process.ts');
/** An id without a line in /etc/passwd, as OpenShift and `docker run --user` give. */
const unnamed = { uid: 51_717, gid: 51_717 };
const unlessUnnamedReachesUs = {
  skip: isRoot
    ? !reachesUs() && 'an OS user other than root cannot enter this checkout, or run this Node.js'
    : 'only root becomes another OS user',
};

deepTest(
  'an OS user without a name in /etc/passwd is told so at the first start, and that DATABASE_URL is a way',
  unlessUnnamedReachesUs,
  async (t) => {
    const parent = await emptyFolder(t);
    await chown(parent, unnamed.uid, unnamed.gid);
    const said = refusalOf(['node'], join(parent, 'data'), unnamed);
    assert.match(said, /OS user 51717 has no name here.*\/etc\/passwd.*DATABASE_URL/);
  },
);

deepTest(
  'an OS user without a name in /etc/passwd reads a story, and is logged by its id',
  unlessUnnamedReachesUs,
  async (t) => {
    const child = spawn(process.execPath, [...nodeArguments('src/main.ts'), 'trace', '+79161234567'], {
      ...unnamed,
      cwd: '/',
      env: { DATABASE_URL: await byTcp(t, await freshDatabase()), HOME: '/' },
    });
    cleanup(t, async () => {
      if (child.exitCode === null && child.kill()) await once(child, 'exit');
    });
    let said = '';
    child.stderr.on('data', (chunk) => (said += chunk));
    child.stdout.on('data', (chunk) => (said += chunk));
    const line = await eventually('the log of who reads', () => (said.includes('security event') ? said : undefined));
    assert.match(line, /"device":"operator uid 51717"/);
  },
);

/** The same database for whoever may not enter the folder of its socket. */
async function byTcp(t: TestContext, url: string): Promise<string> {
  const direct = new URL(url);
  const socket = `${direct.searchParams.get('host')}/.s.PGSQL.${direct.searchParams.get('port') ?? '5432'}`;
  const server = createServer((client) => {
    const database = connect(socket);
    for (const one of [client, database]) one.on('error', () => {});
    client.pipe(database).pipe(client);
  }).listen(0, '127.0.0.1');
  cleanup(t, async () => void server.close());
  await once(server, 'listening');
  const { username, password, pathname } = direct;
  const { port } = server.address() as AddressInfo;
  return `postgres://${username}${password && `:${password}`}@127.0.0.1:${port}${pathname}`;
}

const launchers: Record<string, { launcher: string[]; says: RegExp }> = {
  'root in a user namespace with one id': {
    launcher: ['unshare', '--user', '--map-root-user', 'node'],
    says: /root may not become OS user \d+ here \(EINVAL\).*user namespace.*ordinary OS user.*DATABASE_URL/,
  },
  'root in a container that may not change its OS user': {
    launcher: ['setpriv', '--bounding-set=-setuid,-setgid', '--inh-caps=-all', 'node'],
    says: /root may not become OS user \d+ here \(EPERM\).*SETUID.*DATABASE_URL/,
  },
  'root in a container that may not change the owner of files': {
    launcher: ['setpriv', '--bounding-set=-chown', '--inh-caps=-all', 'node'],
    says: /root may not give .* to OS user \d+ \(EPERM\).*CHOWN.*DATABASE_URL/,
  },
};

for (const [name, { launcher, says }] of Object.entries(launchers)) {
  testOf(name.includes('owner of files'))(
    `${name} is told what is wrong, and that DATABASE_URL is a way`,
    {
      skip: !canRun(launcher) && `${launcher[0]} cannot be used here`,
    },
    async (t) => {
      assert.match(refusalOf(launcher, join(await emptyFolder(t), 'data')), says);
    },
  );
}

/** How a process that opens the database over a folder is refused. */
function refusalOf([program = '', ...words]: string[], dataDir: string, account: object = {}): string {
  const { stdout, stderr } = spawnSync(program, [...words, ...opener], {
    ...account,
    env: { PATH: process.env.PATH, DATA_DIR: dataDir },
    encoding: 'utf8',
    timeout: 60_000,
  });
  const last = stdout.trim().split('\n').at(-1);
  assert.ok(last, stderr);
  const { refused, message = '' } = JSON.parse(last) as ProcessLine;
  assert.equal(refused, 'StartupError', last);
  assert.ok(!message.includes('\n'), 'a sentence, and nothing raw');
  return message;
}

function canRun([program = '', ...words]: string[]): boolean {
  return isRoot && spawnSync(program, [...words, '--version']).status === 0;
}

/** Whether the account can run this Node.js and read this checkout, which may lie in a folder of root's own. */
function reachesUs(): boolean {
  const script = `fs.accessSync(${JSON.stringify(opener.at(-1))})`;
  return spawnSync('node', ['-e', script], unnamed).status === 0;
}
