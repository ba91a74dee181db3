import type { Config } from '../config/config.ts';
import { consoleUrl } from '../config/console.ts';
import { loadConfig } from '../config/load.ts';
import { errorMessage } from '../kit/caught.ts';
import { followParent } from './parent-process.ts';
import type { Signals } from './signals.ts';
import type { RunningServer } from './single-process.ts';

/** The timeout of giving up a start. */
const startTimeoutMs = 25_000;
/** Longer than PostgreSQL takes after its last signal. */
const forcedTimeoutMs = 15_000;

/** Reads the configuration, serves until a signal, and ends the process; `program` is the entry file of a worker. */
export async function runServer(signals: Signals, program: string): Promise<void> {
  const parent = followParent(signals);
  const read = loadConfig();
  if (!read.ok) return fail(read.problems);
  const config = parent.isCluster ? { ...read.config, workers: 1 } : read.config;
  let server: RunningServer | undefined;
  boundShutdown(signals, () => server?.stopTimeoutMs ?? startTimeoutMs);
  try {
    server = await start(config, signals, program);
  } catch (error) {
    if (signals.requested.aborted) return exit(exitCode(signals));
    await flushLogs();
    return fail([errorMessage(error)]);
  }
  const stop = async () => {
    await server.stop();
    await exit(exitCode(signals));
  };
  if (signals.requested.aborted) return stop();
  signals.requested.addEventListener('abort', stop);
  signals.onReload(() => server.reload());
  print(welcome(server.publicUrl, config));
  parent.reportReady();
}

function boundShutdown({ requested, forced, force }: Signals, timeoutMs: () => number): void {
  requested.addEventListener('abort', () => setTimeout(force, timeoutMs()));
  forced.addEventListener('abort', () => setTimeout(() => exit(1), forcedTimeoutMs));
}

/** The exit code: an orderly shutdown is no failure. */
function exitCode({ forced }: Signals): number {
  return forced.aborted ? 1 : 0;
}

async function start(config: Config, signals: Signals, program: string): Promise<RunningServer> {
  if (config.workers === 1) return (await import('./single-process.ts')).serve(config, signals);
  const { supervise } = await import('./workers/supervisor.ts');
  return supervise(config, { load: loadConfig, program, shutdown: signals });
}

function welcome(url: string, config: Config): string[] {
  const { devInbox } = config;
  const operators = consoleUrl({ ...config, publicUrl: url });
  const readers = { loopback: 'on this machine only', network: 'everyone who reaches it reads every code' };
  return [
    '',
    `  Vouch          ${url}/`,
    `  API            ${url}/redoc/`,
    ...(operators ? [`  Console        ${operators}/`] : []),
    ...(devInbox ? [`  SMS inbox      ${url}/dev/inbox   (development: ${readers[devInbox]})`] : []),
    '',
  ];
}

async function exit(code: number): Promise<void> {
  await flushLogs();
  process.exit(code);
}

/** The log is loaded with the server, after the signal handlers. */
async function flushLogs(): Promise<void> {
  await (await import('../kit/logger.ts')).flushLogs();
}

function fail(problems: readonly string[]): never {
  process.stderr.write(`${['Vouch cannot start:', ...problems.map((problem) => `  ${problem}`)].join('\n')}\n`);
  process.exit(1);
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
