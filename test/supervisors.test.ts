import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe } from 'node:test';
import { deepTest } from './support/depth.ts';
import { freshDatabase, testKey } from './support/harness.ts';
import {
  assertNoProcesses,
  builtCheckout,
  dataFolder,
  eventually,
  findProcesses,
  ProductLaunch,
  startCommand,
} from './support/product-launch.ts';

const checkout = await builtCheckout();

describe('supervisors', { skip: process.platform === 'linux' ? false : 'processes are found in /proc' }, () => {
  deepTest('a log that nobody reads any more ends nothing', async () => {
    const dataDir = await dataFolder();
    for (const workers of ['1', '2']) {
      const launch = new ProductLaunch(checkout, { DATA_DIR: dataDir, WORKERS: workers });
      const url = await launch.ready();
      launch.child.stdout!.destroy();
      launch.child.stderr!.destroy();
      for (let times = 0; times < 10; times += 1) assert.equal((await fetch(`${url}/api/users/me`)).status, 401);
      launch.child.kill('SIGHUP');
      launch.child.kill('SIGTERM');
      assert.equal(await launch.exited, 0);
      await assertNoProcesses(launch, dataDir);
    }
  });

  deepTest('it ends with its terminal, and leaves no PostgreSQL behind', async (t) => {
    const isThere = await stat('/usr/bin/script').catch(() => undefined);
    if (!isThere) return t.skip('script of util-linux makes the terminal');
    const dataDir = await dataFolder();
    for (const workers of ['1', '2']) {
      const command = ['script', '-qfc', startCommand(checkout).join(' '), '/dev/null'];
      const launch = new ProductLaunch(checkout, { DATA_DIR: dataDir, WORKERS: workers }, command);
      await eventually('the address', () => /redoc/.test(launch.output));
      launch.child.kill('SIGKILL');
      await eventually('the end of all', () => findProcesses(dataDir, checkout).length === 0);
    }
  });

  deepTest('SIGHUP reloads where no terminal is gone', async () => {
    const launch = new ProductLaunch(checkout, {
      DATABASE_URL: await freshDatabase(),
      SECRET_KEYS: testKey,
      WORKERS: '2',
    });
    // also one that comes before it serves
    await launch.waitForOutput(/server listening/);
    launch.child.kill('SIGHUP');
    await launch.waitForOutput(/configuration reloaded/);
    launch.child.kill();
    assert.equal(await launch.exited, 0);
  });

  deepTest('npm start ends by one Ctrl-C of a terminal, and with npm, whatever ends that', async () => {
    const dataDir = await dataFolder();
    for (const signal of ['SIGINT', 'SIGHUP', 'SIGKILL'] as const) {
      const launch = new ProductLaunch(checkout, { DATA_DIR: dataDir, WORKERS: '2' }, ['npm', 'start']);
      await launch.ready();
      if (signal === 'SIGINT') launch.signalGroup(signal);
      else launch.child.kill(signal);
      await launch.exited;
      await eventually('the end of all', () => findProcesses(dataDir, checkout).length === 0);
      assert.doesNotMatch(launch.output, /^ +at |EPIPE/m);
    }
  });

  deepTest(
    'a cluster of somebody else, as PM2 makes it, serves by as many processes as it starts, or says why not',
    async () => {
      const primary = join(checkout, 'foreign.mjs');
      await writeFile(
        primary,
        `import cluster from 'node:cluster';
       cluster.setupPrimary({ exec: ${JSON.stringify(startCommand(checkout)[1])} });
       for (let n = 0; n < 2; n += 1) cluster.fork();
       process.on('SIGTERM', () => { for (const worker of Object.values(cluster.workers)) worker.process.kill('SIGTERM'); });`,
      );
      const command = [process.execPath, primary];
      const shared = { DATABASE_URL: await freshDatabase(), SECRET_KEYS: testKey, WORKERS: '3' };
      const both = new ProductLaunch(checkout, shared, command);
      const url = await both.ready();
      await eventually('both', () => both.output.match(/Vouch {10}/g)?.length === 2);
      for (let times = 0; times < 4; times += 1) assert.equal((await fetch(`${url}/readyz`)).status, 200);
      assert.match(both.output, /WORKERS counts as 1 here/);
      both.child.kill();
      assert.equal(await both.exited, 0);
      const dataDir = await dataFolder();
      const one = new ProductLaunch(checkout, { DATA_DIR: dataDir }, command);
      assert.equal((await fetch(`${await one.ready()}/readyz`)).status, 200);
      await one.waitForOutput(/Vouch cannot start:\n.*is in use by process/);
      one.child.kill();
      assert.equal(await one.exited, 0);
      await assertNoProcesses(one, dataDir);
    },
  );

  deepTest('systemd and PM2 are told when it serves', async () => {
    const bin = join(checkout, 'bin');
    await mkdir(bin);
    await writeFile(join(bin, 'systemd-notify'), `#!/bin/sh\necho "$NOTIFY_SOCKET $*" > ${bin}/told\n`);
    await chmod(join(bin, 'systemd-notify'), 0o755);
    const env = { DATABASE_URL: await freshDatabase(), SECRET_KEYS: testKey, NOTIFY_SOCKET: '/run/notify' };
    const told = new ProductLaunch(checkout, { ...env, PATH: `${bin}:${process.env.PATH}` });
    await told.ready();
    await eventually('systemd to be told', async () => {
      const text = await readFile(join(bin, 'told'), 'utf8').catch(() => '');
      return text === '/run/notify --ready\n';
    });
    told.child.kill();
    await told.exited;
    await rm(join(bin, 'systemd-notify'));
    const untold = new ProductLaunch(checkout, { ...env, PATH: bin });
    await untold.waitForOutput(/systemd was not told that we serve .*Type=exec/);
    untold.child.kill();
    assert.equal(await untold.exited, 0);
  });
});
