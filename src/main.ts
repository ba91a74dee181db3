import cluster from 'node:cluster';
import { fileURLToPath } from 'node:url';
import type { Config } from './config/config.ts';
import { loadConfig } from './config/load.ts';
import type { Running } from './serve.ts';

const stopPatienceMs = 25_000;

// what the others need is not loaded: the one that supervises stays small
if (cluster.isWorker) (await import('./workers/worker.ts')).work();
else if (process.argv.length > 2)
  process.exitCode = await (await import('./command.ts')).command(process.argv.slice(2));
else await main();

/** Reads the configuration, serves, and stops at the first SIGTERM or SIGINT; a second one ends the process at once. */
async function main(): Promise<void> {
  const read = loadConfig();
  if (!read.ok) return fail(read.problems);
  let running: Running | undefined;
  // of a terminal it says that the terminal is gone
  if (!process.stdout.isTTY) process.on('SIGHUP', () => running?.reload());
  running = await start(read.config).catch((fault: Error) => fail([fault.message]));
  if (!running) return;
  say(welcome(running.publicUrl, read.config.inbox));

  const stop = async () => {
    setTimeout(() => process.exit(1), stopPatienceMs).unref();
    await running.stop();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop);
  if (process.stdout.isTTY) process.once('SIGHUP', stop);
}

async function start(config: Config): Promise<Running> {
  if (config.workers === 1) return (await import('./serve.ts')).serve(config);
  return (await import('./workers/supervisor.ts')).supervise(config, loadConfig, fileURLToPath(import.meta.url));
}

function welcome(url: string, inbox: Config['inbox']): string[] {
  const readers = { loopback: 'on this machine only', network: 'everyone who reaches it reads every code' };
  return [
    '',
    `  Vouch          ${url}/`,
    `  API            ${url}/redoc/`,
    ...(inbox ? [`  SMS inbox      ${url}/dev/inbox   (development: ${readers[inbox]})`] : []),
    '',
  ];
}

function fail(problems: readonly string[]): undefined {
  process.exitCode = 1;
  process.stderr.write(`${['Vouch cannot start:', ...problems.map((problem) => `  ${problem}`)].join('\n')}\n`);
}

function say(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
