import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { deepTest } from './support/depth.ts';
import { dataFolder, openLoggedDatabase, serverPid } from './support/embedded-database.ts';

const isRoot = process.getuid?.() === 0;

/** Asks for a connection by the protocol itself (PostgreSQL manual, 54.2.1): prints `R` and the method, or `E` and the code. */
const client = `
const [path, user] = process.argv.slice(1);
const words = Buffer.from(['user', user, 'database', 'postgres', '', ''].join('\\0'));
const head = Buffer.alloc(8);
head.writeInt32BE(8 + words.length);
head.writeInt32BE(196608, 4);
const socket = require('node:net').connect(path, () => socket.write(Buffer.concat([head, words])));
socket.on('error', (fault) => console.log(fault.code));
socket.once('data', (answer) => {
  const kind = String.fromCharCode(answer[0]);
  console.log(kind, kind === 'R' ? answer.readInt32BE(5) : /\\0C(\\w{5})/.exec(answer.toString('latin1'))[1]);
  socket.destroy();
});`;

function knock(path: string, user: string, account: { uid?: number; gid?: number } = {}): string {
  const { stdout, stderr } = spawnSync('node', ['-e', client, '--', path, user], {
    ...account,
    cwd: '/',
    encoding: 'utf8',
  });
  return (stdout || stderr).trim();
}

describe('who reaches the embedded PostgreSQL', () => {
  deepTest(
    'a process of the OS user that the server runs as is refused where root started it',
    {
      skip: isRoot ? !canRunNode() && 'nobody but root can run this Node.js' : 'only root runs it as another OS user',
    },
    async (t) => {
      const dataDir = await dataFolder(t);
      const database = await openLoggedDatabase(t, { dataDir });
      const { uid, gid } = await stat(join(dataDir, 'postgres'));
      const socket = `/proc/${await serverPid(dataDir)}/cwd/.s.PGSQL.5432`;
      for (const user of ['vouch', 'postgres', 'nobody', 'root', 'replication']) {
        assert.equal(knock(socket, user, { uid, gid }), 'E 28000', user);
      }
      assert.match(knock(socket, 'vouch', { uid: 51_717, gid: 51_717 }), /^EACCES/);
      assert.equal(knock(socket, 'vouch'), 'R 0', 'root, as the server for `vouch …` is');
      await database.close();
    },
  );

  test('no process gets in as another role, and a folder that was open to all is closed by a start', async (t) => {
    const dataDir = await dataFolder(t);
    await (await openLoggedDatabase(t, { dataDir })).close();
    await writeFile(join(dataDir, 'postgres', 'pg_hba.conf'), 'local all all trust\nhost all all all trust\n');
    const database = await openLoggedDatabase(t, { dataDir });
    await database.sql`create role stranger login superuser`;
    const rules = await database.sql`select type, database, user_name, auth_method from pg_hba_file_rules`;
    assert.deepEqual([...rules], [{ type: 'local', database: '{all}', user_name: '{vouch}', auth_method: 'peer' }]);
    assert.equal(knock(join(dataDir, 'postgres', '.s.PGSQL.5432'), 'stranger'), 'E 28000');
  });
});

function canRunNode(): boolean {
  return spawnSync('node', ['--version'], { uid: 65_534, gid: 65_534, cwd: '/' }).status === 0;
}
