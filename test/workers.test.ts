import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { Agent, createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { openTestDatabase } from './support/create-database.ts';
import { deepTest } from './support/depth.ts';
import { anyNumber, freshDatabase, testKey } from './support/harness.ts';
import { post, start, workingFolder } from './support/product-process.ts';
import { workerPids } from './support/worker-pids.ts';

const two = async () => ({ DATABASE_URL: await freshDatabase(), SECRET_KEYS: testKey, WORKERS: '2' });
const env = await two();
const product = start(env);

test('two workers serve one port and one inbox; one that is killed is replaced, and the others serve on', async () => {
  const url = await product.ready;
  const before = workerPids(product.child.pid!);
  assert.equal(before.length, 2);
  const number = anyNumber();
  assert.equal((await post(`${url}/api/request-sms/`, { phone_number: number })).status, 201);
  assert.equal((await codesOf(url, number)).length, 1);
  // whoever was answered finds the message, whichever worker is asked, and whatever the supervisor hears first
  const numbers = Array.from({ length: 30 }, () => anyNumber());
  product.child.kill('SIGSTOP');
  await Promise.all(numbers.map((one) => post(`${url}/api/request-sms/`, { phone_number: one })));
  const reading = numbers.map((one) => codesOf(url, one));
  await pause(200);
  product.child.kill('SIGCONT');
  for (const codes of await Promise.all(reading)) assert.equal(codes.length, 1);
  process.kill(before[0]!, 'SIGKILL');
  // a connection that it had taken already is reset
  const answers = await Promise.allSettled(Array.from({ length: 20 }, () => answered(url)));
  for (const one of answers) if (one.status === 'rejected') assert.equal(one.reason.code, 'ECONNRESET');
  assert.equal(await answered(url), 200);
  await until(() => /"signal":"SIGKILL","msg":"worker exited"/.test(product.output()));
  await until(() => product.output().split('"msg":"server listening"').length === 4);
  assert.equal(workerPids(product.child.pid!).length, 2);
  await until(async () => (await codesOf(url, number)).length === 1 && (await codesOf(url, number)).length === 1);
});

deepTest('a worker that replaces another is served by functions of its own version', async () => {
  const url = await product.ready;
  const { sql, close } = openTestDatabase(env.DATABASE_URL);
  // as after an upgrade: the files are those of a version whose functions nobody has installed
  for (const { name } of await sql`select name from function_version`) await sql`drop schema ${sql(name)} cascade`;
  await close();
  for (const [at, pid] of workerPids(product.child.pid!).entries()) {
    process.kill(pid, 'SIGKILL');
    await until(() => product.output().split('"msg":"server listening"').length === 5 + at);
  }
  assert.equal((await post(`${url}/api/request-sms/`, { phone_number: anyNumber() })).status, 201);
});

deepTest(
  'a reload takes the new configuration, and drops no request of those who come and of those who stay',
  async () => {
    const folder = workingFolder();
    const product = start(await two(), [], folder);
    const url = await product.ready;
    const stays = new Agent({ keepAlive: true });
    let over = false;
    const asked = [stays, stays, false as const, false as const].map(async (agent) => {
      let times = 0;
      for (; !over; times += 1) assert.equal(await answered(url, agent), 200);
      return times;
    });
    for (const length of [7, 8]) {
      await writeFile(join(folder, '.env'), `CODE_LENGTH=${length}\n`);
      await reloaded(product, /configuration reloaded/);
      // those of before are gone
      await until(() => workerPids(product.child.pid!).length === 2);
      const number = anyNumber();
      await post(`${url}/api/request-sms/`, { phone_number: number });
      await until(async () => (await codesOf(url, number))[0]?.length === length);
    }
    await writeFile(join(folder, '.env'), 'CODE_LENGTH=none\nDATABASE_URL=postgres://other/other\n');
    await reloaded(product, /CODE_LENGTH has to be .*new configuration rejected/);
    assert.equal(workerPids(product.child.pid!).length, 2);
    over = true;
    for (const times of await Promise.all(asked)) assert.ok(times > 20, String(times));
    stays.destroy();
  },
);

deepTest('workers end with their supervisor, however it ends', async () => {
  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    const product = start(await two());
    await product.ready;
    const workers = workerPids(product.child.pid!);
    product.child.kill(signal);
    await once(product.child, 'exit');
    await until(() => workers.every((pid) => !isAlive(pid)));
  }
});

deepTest('workers that cannot serve end the start with the reason, and none is left', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const product = start({ ...(await two()), PORT: String((other.address() as AddressInfo).port) });
  const [code] = await once(product.child, 'exit');
  other.close();
  assert.equal(code, 1);
  assert.match(
    product.output(),
    /Vouch cannot start:\n {2}Port \d+ of 127\.0\.0\.1 is taken by process \d+ \(.*\) \(EADDRINUSE\): .* PORT=/,
  );
  assert.doesNotMatch(product.output(), /^ +at /m);
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function codesOf(url: string, number: string): Promise<string[]> {
  const answer = await fetch(`${url}/dev/inbox.json?phone=${encodeURIComponent(number)}`, {
    headers: { connection: 'close' },
  });
  return ((await answer.json()) as { messages: { code: string }[] }).messages.map(({ code }) => code);
}

function answered(url: string, agent: Agent | false = false): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(`${url}/livez`, { agent }, (answer) => answer.resume().on('end', () => resolve(answer.statusCode))).on(
      'error',
      reject,
    );
  });
}

async function reloaded({ child, output }: ReturnType<typeof start>, said: RegExp): Promise<void> {
  const before = output().length;
  child.kill('SIGHUP');
  await until(() => said.test(output().slice(before)));
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 60_000; !(await holds()); await pause(20)) assert.ok(Date.now() < end, 'in time');
}
