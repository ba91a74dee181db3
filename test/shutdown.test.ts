import assert from 'node:assert/strict';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { deepTest } from './support/depth.ts';
import {
  assertNoProcesses,
  builtCheckout,
  dataFolder,
  eventually,
  ProductLaunch,
  startCommand,
} from './support/product-launch.ts';

const checkout = await builtCheckout();
const dataDir = await dataFolder();

describe('shutdown', { skip: process.platform === 'linux' ? false : 'processes are found in /proc' }, () => {
  deepTest('a later signal ends what is under way, and PostgreSQL first', async () => {
    for (const workers of ['1', '2']) {
      const launch = new ProductLaunch(checkout, { DATA_DIR: dataDir, WORKERS: workers });
      const { hostname, port } = new URL(await launch.ready());
      // a request that does not end holds up the stop in order
      const request = connect(Number(port), hostname).on('error', () => {});
      request.write(
        'POST /api/request-sms/ HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{',
      );
      await once(request, 'connect');
      await fetch(`http://${hostname}:${port}/livez`);
      launch.signalGroup('SIGINT');
      await pause(1500);
      launch.signalGroup('SIGINT');
      assert.equal(await launch.exited, 1);
      request.destroy();
      await assertNoProcesses(launch, dataDir);
    }
  });

  deepTest('SIGQUIT and SIGUSR2, by which supervisors end too, end it in order', async () => {
    for (const signal of ['SIGQUIT', 'SIGUSR2'] as const) {
      const launch = new ProductLaunch(checkout, { DATA_DIR: dataDir, WORKERS: '2' });
      await launch.ready();
      launch.signalGroup(signal);
      assert.equal(await launch.exited, 0);
      await assertNoProcesses(launch, dataDir);
    }
  });

  deepTest('an operator’s command that a signal ends leaves no PostgreSQL behind', async () => {
    const command = [...startCommand(checkout), 'deliveries'];
    const launch = new ProductLaunch(checkout, { DATA_DIR: dataDir }, command);
    await eventually('PostgreSQL', () => stat(join(dataDir, 'postgres/postmaster.pid')).catch(() => undefined));
    launch.signalGroup('SIGINT');
    launch.child.kill('SIGINT');
    assert.equal(await launch.exited, 130);
    await assertNoProcesses(launch, dataDir);
  });
});
