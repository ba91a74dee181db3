import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { readConfig } from './config/config.ts';
import { serve } from './serve.ts';

const stopPatienceMs = 25_000;

await main();

/** Reads the configuration, serves, and stops at the first SIGTERM or SIGINT; a second one ends the process at once. */
async function main(): Promise<void> {
  const file = fromFile('.env');
  if (file instanceof Error) return fail([`.env cannot be read: ${file.message}`]);
  const read = readConfig({ ...file, ...given(process.env) }, (path) => readFileSync(path, 'utf8'));
  if (!read.ok) return fail(read.problems);
  const running = await serve(read.config).catch((fault: Error) => fail([fault.message]));
  if (!running) return;
  say(welcome(running.publicUrl, read.config.inbox));

  const stop = async () => {
    setTimeout(() => process.exit(1), stopPatienceMs).unref();
    await running.stop();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop);
}

function welcome(url: string, inbox: boolean): string[] {
  return [
    '',
    `  Vouch          ${url}/`,
    `  API            ${url}/redoc/`,
    ...(inbox ? [`  SMS inbox      ${url}/dev/inbox   (development: everyone who reaches it reads every code)`] : []),
    '',
  ];
}

/** What `.env` in the working directory gives; the environment wins over it. */
function fromFile(path: string): NodeJS.Dict<string> | Error {
  try {
    return parseEnv(readFileSync(path, 'utf8'));
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code === 'ENOENT') return {};
    return fault as Error;
  }
}

/** A variable without a text counts as not given, so that it takes nothing from the file. */
function given(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([, text]) => text));
}

function fail(problems: readonly string[]): undefined {
  process.exitCode = 1;
  process.stderr.write(`${['Vouch cannot start:', ...problems.map((problem) => `  ${problem}`)].join('\n')}\n`);
}

function say(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
