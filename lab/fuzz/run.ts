// Sends hostile requests to two workers of the product, over the loopback: npm run fuzz -- [requests] [seed].
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hostileRun, isFault } from '../../test/support/hostile-run.ts';
import { workerPids } from '../../test/support/worker-pids.ts';

const [requests = 200_000, seed = Math.floor(Math.random() * 2 ** 31)] = process.argv.slice(2).map(Number);
const dataDir = await mkdtemp(join(tmpdir(), 'vouch-fuzz-'));
const product = spawn(
  process.execPath,
  ['--import', import.meta.resolve('tsx'), fileURLToPath(new URL('../../src/main.ts', import.meta.url))],
  {
    cwd: dataDir,
    env: {
      PATH: process.env.PATH ?? '',
      TSX_TSCONFIG_PATH: fileURLToPath(new URL('../../tsconfig.json', import.meta.url)),
      DATA_DIR: join(dataDir, 'data'),
      PORT: '0',
      WORKERS: '2',
      LOG_LEVEL: 'warn',
      NETWORK_MESSAGES_PER_HOUR: '100000',
    },
  },
);
// interrupted, it leaves no product behind
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => product.kill('SIGTERM'));
let output = '';
const keep = (chunk: Buffer) => {
  output = (output + chunk).slice(-1_000_000);
};
product.stdout.on('data', keep);
product.stderr.on('data', keep);

try {
  const url = await publicUrl();
  const before = workerPids(product.pid!).sort();
  const isSame = () => workerPids(product.pid!).sort().join() === before.join();
  say(`seed ${seed}, ${requests} requests to workers ${before.join(' and ')}`);
  const { statuses, unanswered, faults, seconds } = await hostileRun(url, {
    requests,
    seed,
    onProgress: (done, statuses, faults) =>
      say(
        `${done} sent, ${JSON.stringify(statuses)}, what may not be: ${faults}, ${isSame() ? 'same' : 'OTHER'} workers`,
      ),
  });
  const after = workerPids(product.pid!).sort();
  say(`${seconds.toFixed(0)} s, answers by status: ${JSON.stringify(statuses)}`);
  say(`no answer, and none needed: ${JSON.stringify(unanswered)}`);
  say(`5xx that may not be, or no answer to a whole request: ${faults.length}`);
  say(`workers afterwards: ${after.join(' and ')}`);
  for (const fault of faults.slice(0, 10)) say(fault);
  const errors = output.split('\n').filter(isFault);
  say(`errors in the log: ${errors.length}`);
  for (const line of errors.slice(0, 10)) say(line);
  process.exitCode = faults.length + errors.length > 0 || before.join() !== after.join() || before.length !== 2 ? 1 : 0;
} finally {
  product.kill('SIGTERM');
  await once(product, 'exit');
  await rm(dataDir, { recursive: true, force: true });
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Resolves when the product says that it serves. */
async function publicUrl(): Promise<string> {
  for (;;) {
    const url = /Vouch +(http:\S+:\d+)\//.exec(output)?.[1];
    if (url) return url.replace('localhost', '127.0.0.1');
    if (product.exitCode !== null) throw new Error(output);
    await once(product.stdout, 'data');
  }
}
