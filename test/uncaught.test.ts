import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { Agent, get, type RequestOptions } from 'node:http';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { deepTest } from './support/depth.ts';
import { freePort } from './support/free-port.ts';
import { freshDatabase, testKey } from './support/harness.ts';
import { start } from './support/product-process.ts';
import { workerPids } from './support/worker-pids.ts';

const NODE_OPTIONS = `--import=${new URL('./support/planted-error.mjs', import.meta.url)}`;
const settings = async (WORKERS: string) => ({
  DATABASE_URL: await freshDatabase(),
  SECRET_KEYS: testKey,
  WORKERS,
  NODE_OPTIONS,
});

test('an error that reaches nobody ends no process and no other request', async () => {
  const product = start(await settings('1'));
  const url = await product.ready;
  for (const kind of ['timer', 'rejection', 'listener']) {
    const others = Array.from({ length: 10 }, () => ask(`${url}/readyz`));
    const planted = ask(`${url}/livez`, { headers: { 'x-plant': kind } });
    assert.deepEqual(new Set(await Promise.all(others)), new Set([200]), kind);
    assert.equal(await planted, kind === 'listener' ? 500 : 200, kind);
    await until(() => count(product.output(), /"message":"planted"/g) > 0);
    assert.equal(await ask(`${url}/readyz`), 200, kind);
  }
  assert.equal(count(product.output(), /"msg":"uncaught error"/g), 2);
  assert.equal(count(product.output(), /"msg":"request failed outside every handler"/g), 1);
  assert.equal(product.child.exitCode, null);
});

deepTest('a log on a full disk holds up neither an uncaught error nor the end', async (t) => {
  if (!existsSync('/dev/full')) return t.skip('Linux has /dev/full');
  for (const WORKERS of ['1', '2']) {
    const PORT = String(await freePort());
    const intoFull = ['sh', '-c', 'exec "$@" > /dev/full', 'sh'];
    const { child } = start({ ...(await settings(WORKERS)), PORT }, intoFull);
    const ended = once(child, 'exit');
    const url = `http://127.0.0.1:${PORT}`;
    await until(async () => (await ask(`${url}/readyz`).catch(() => 0)) === 200);
    assert.equal(await ask(`${url}/livez`, { headers: { 'x-plant': 'timer' } }), 200);
    await until(async () => (await ask(`${url}/readyz`).catch(() => 0)) === 200);
    child.kill('SIGTERM');
    assert.deepEqual(await ended, [0, null], WORKERS);
  }
});

deepTest(
  'a worker that an uncaught error has met is replaced by one that serves already, and no request is dropped',
  async () => {
    const product = start(await settings('2'));
    const url = await product.ready;
    const before = workerPids(product.child.pid!);
    const agent = new Agent({ keepAlive: true });
    let over = false;
    const asked = [agent, agent, undefined, undefined].map(async (agent) => {
      let times = 0;
      for (; !over; times += 1) {
        assert.equal(await ask(`${url}/livez`, { agent: agent ?? false }), 200);
        // the new worker wants the processor as well
        await pause(50);
      }
      return times;
    });
    try {
      await ask(`${url}/livez`, { headers: { 'x-plant': 'timer' }, agent: false });
      await until(() => count(product.output(), /"msg":"worker replaced"/g) === 1);
      await until(() => workerPids(product.child.pid!).length === 2);
    } finally {
      over = true;
    }
    for (const times of await Promise.all(asked)) assert.ok(times > 5, String(times));
    agent.destroy();
    assert.notDeepEqual(workerPids(product.child.pid!).sort(), before.sort());
    assert.doesNotMatch(product.output(), /worker exited/);
  },
);

function ask(url: string, options: RequestOptions = {}): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(url, options, (answer) => answer.resume().on('end', () => resolve(answer.statusCode))).on('error', reject);
  });
}

function count(text: string, what: RegExp): number {
  return text.match(what)?.length ?? 0;
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const ends = performance.now() + 200_000; !(await holds()); await pause(50)) {
    assert.ok(performance.now() < ends, 'it did not come true within 200 s');
  }
}
