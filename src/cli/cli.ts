import type { EventName } from '../audit/event.ts';
import type { Config } from '../config/config.ts';
import type { Database } from '../db/database.ts';
import type { OpenDatabase } from '../db/open.ts';
import { errorCode, errorMessage } from '../kit/caught.ts';
import type { PhoneNumber } from '../kit/phone-number.ts';
import { present } from '../kit/present.ts';
import { recordOf } from '../kit/record.ts';
import { orAborted, type Shutdown } from '../kit/shutdown.ts';
import { type Command, oneOfWords, parseArguments } from './arguments.ts';
import type { CommandOutput } from './operations.ts';
import { parseOperatorNumber, refusalOf } from './parse-operator-number.ts';
import { printable } from './printable.ts';
import { UsageError } from './usage-error.ts';

const usage = `Usage: vouch <command> [options]

  vouch trace <number>         the whole story of a number, found by any spelling; reading it is logged
  vouch unlock <number>        let a number get codes again after 100 wrong ones in a row
  vouch deliveries             what was sent, newest first, numbers masked
      --since 24h  --until …   a duration (30m, 24h, 7d) before now, or a time (2026-01-31T12:00Z)
      --country RU  --provider smsc  --state failed  --limit 100
      --totals                 instead: totals, completion and spend by country, provider and hour
  vouch providers              the state of each route, and why
  vouch limits                 what was sent today (UTC), and what SMS_DAILY_MAX allows
  vouch sms test <number>      sends one real message, which costs what it costs; the audit trail has it
      --provider smsc          by this provider instead of the first one of the route
  vouch backup <folder>        writes the database, and the key that lies in DATA_DIR, into a new folder
  vouch restore <folder>       puts such a backup into an empty DATA_DIR, or an empty database of DATABASE_URL
  --json                       one JSON document instead of text
  --help

It reads the same variables and the same .env as the server, and works beside it. Without a command the server starts.
`;

const databaseTimeoutMs = 10_000;

/**
 * Runs the command of an operator and resolves with the exit code: 1 if it failed, 2 for a usage error, 130 after a
 * signal. Modules are imported only when a command needs them, since most of its time is loading.
 */
export async function runCli(words: readonly string[], shutdown: Shutdown): Promise<number> {
  try {
    const input = parseArguments(words, new Date());
    if (input.name === 'help') return print(usage, 0);
    const { loadConfig } = await import('../config/load.ts');
    const read = loadConfig();
    if (!read.ok) return printError(read.problems.join('\n'), 1);
    const output = await dispatch(read.config, input, shutdown);
    return print(input.json ? JSON.stringify(output.json, undefined, 2) : output.text, output.isGood ? 0 : 1);
  } catch (error) {
    if (shutdown.requested.aborted) return 130;
    if (error instanceof UsageError) return printError(`${error.message}\n\n${usage}`, 2);
    const [message, code] = [errorMessage(error), errorCode(error)];
    return printError(
      code === '42P01' ? 'The database has no tables of this version: start the server first' : message,
      1,
    );
  }
}

type WithDatabase = <T>(run: (db: OpenDatabase) => Promise<T>) => Promise<T>;

async function dispatch(
  config: Config,
  input: Exclude<Command, { name: 'help' }>,
  shutdown: Shutdown,
): Promise<CommandOutput> {
  const withDatabase: WithDatabase = (run) => useDatabase(config, shutdown, run);
  if (input.name === 'sms test') return orAborted(sendTest(config, input, withDatabase), shutdown.requested);
  if (input.name === 'trace') return traceNumber(config, input.typed, withDatabase);
  if (input.name === 'unlock') return unlockByOperator(config, input.typed, withDatabase);
  if (input.name === 'backup') {
    const { backup } = await import('./backup.ts');
    const output = await backup(config, input.folder, await createLog());
    await withDatabase(await recordedOperation({ event: 'backup_made' }));
    return output;
  }
  if (input.name === 'restore') {
    const { isEmpty, restore } = await import('./restore.ts');
    const output = await restore(config, input.folder, {
      log: await createLog(),
      isEmpty: () => withDatabase(isEmpty),
    });
    await withDatabase(await recordedOperation({ event: 'backup_restored' }));
    return output;
  }
  if (input.name === 'limits') {
    const { daily } = await import('./daily.ts');
    return withDatabase((db) => daily(db, config.sms.dailyMax));
  }
  const { list, providers, summarize } = await import('./operations.ts');
  if (input.name === 'providers') return withDatabase((db) => providers(db, config.sms.routes, new Date()));
  const { providerVariables } = await import('../config/provider-variables.ts');
  if (input.provider !== undefined) oneOfWords('provider', input.provider, Object.keys(providerVariables));
  if (input.country !== undefined && input.country !== '001') await refuseUnknownCountry(input.country);
  const progress = (count: number) => {
    if (process.stderr.isTTY && input.limit > 1000) process.stderr.write(`\r${count} read`);
  };
  return withDatabase((db) => (input.totals ? summarize(db, input) : list(db, input, input.limit, progress)));
}

async function refuseUnknownCountry(country: string): Promise<void> {
  const { parseRegionCode: readRegionCode } = await import('../kit/phone-number.ts');
  if (!readRegionCode(country))
    throw new UsageError(`${country} is no country that has telephone numbers. Example: --country RU`);
}

async function traceNumber(config: Config, typed: string, withDatabase: WithDatabase): Promise<CommandOutput> {
  const phoneNumber = await parseOperatorNumber(config, typed);
  const { trace } = await import('./operations.ts');
  const record = await recordedOperation({ event: 'number_looked_up', phoneNumber });
  const isTestNumber = config.sms.testNumbers.has(phoneNumber);
  const refusal = await refusalOf(config, phoneNumber);
  return withDatabase(async (db) => {
    await record(db);
    return trace(db, phoneNumber, new Date(), { isTestNumber, refusal });
  });
}

async function unlockByOperator(config: Config, typed: string, withDatabase: WithDatabase): Promise<CommandOutput> {
  const phoneNumber = await parseOperatorNumber(config, typed);
  const { unlock } = await import('./operations.ts');
  const record = await recordedOperation({ event: 'number_unlocked', phoneNumber });
  return withDatabase(async (db) => {
    const output = await unlock(db, phoneNumber);
    await record(db);
    return output;
  });
}

/** Returns the function that records an operation by this operator: a row of the audit trail and a line of the log. */
async function recordedOperation(done: {
  event: EventName;
  phoneNumber?: PhoneNumber;
  details?: string;
}): Promise<(db: Database) => Promise<void>> {
  const { maskPhoneNumber } = await import('../kit/phone-number.ts');
  const { osUserLabel } = await import('../kit/os-user.ts');
  const { recordOperation } = await import('../audit/store.ts');
  const log = await createLog();
  const { event, phoneNumber, details } = done;
  const number = phoneNumber && maskPhoneNumber(phoneNumber);
  const by = `operator ${osUserLabel()}`;
  return async (db) => {
    await recordOperation(db, { event, number, by, details }).catch(ignoreMissingTables);
    log.info({ event, result: 'succeeded', number, device: by, details }, 'security event');
  };
}

async function sendTest(
  config: Config,
  input: Extract<Command, { name: 'sms test' }>,
  withDatabase: WithDatabase,
): Promise<CommandOutput> {
  const phoneNumber = await parseOperatorNumber(config, input.typed);
  const { createProviders } = await import('../sms/providers.ts');
  const { providerOptions } = await import('../config/provider-options.ts');
  const { testSms } = await import('./operations.ts');
  const options = providerOptions(config.sms.providers, config.publicUrl ?? 'http://127.0.0.1');
  const providers = createProviders(options, await createLog());
  try {
    const names = [...providers.keys()];
    const name = oneOfWords('provider of SMS_ROUTES', input.provider ?? names[0] ?? '', names);
    const provider = present(providers.get(name), name);
    await withDatabase(await recordedOperation({ event: 'test_message_sent', phoneNumber, details: provider.name }));
    return await testSms(provider, phoneNumber);
  } finally {
    await Promise.all([...providers.values()].map((provider) => provider.close()));
  }
}

/** The log is loaded only if a command needs it. */
async function createLog() {
  return (await import('../kit/logger.ts')).createCommandLogger();
}

/** A database that no server of this version has used yet has no audit trail; only the line of the log remains. */
function ignoreMissingTables(error: { code?: string }): void {
  if (error.code !== '42P01') throw error;
}

/** Connects to the embedded server if it runs already; otherwise opens the database until `run` has ended. */
async function useDatabase<T>(config: Config, shutdown: Shutdown, run: (db: OpenDatabase) => Promise<T>): Promise<T> {
  const { findRunningServer: runningDatabase } = await import('../db/embedded/find-running-server.ts');
  const runningServer = config.databaseUrl ? undefined : await runningDatabase(config.dataDir);
  const databaseUrl = config.databaseUrl ?? runningServer?.url;
  const db = await openInTime(config, databaseUrl, shutdown);
  try {
    return await orAborted(run(db), shutdown.requested);
  } finally {
    await db.close();
    await runningServer?.release();
  }
}

/**
 * Reports on standard error what it waits for. Gives up after 10 s, except for a server of our own, which may have to
 * be initialized first.
 */
async function openInTime(config: Config, databaseUrl: string | undefined, shutdown: Shutdown): Promise<OpenDatabase> {
  const { parseConnectionString: addressOf } = await import('../db/connection-string.ts');
  const { openDatabase } = await import('../db/open.ts');
  const { databaseClock } = await import('../kit/clock.ts');
  const name = databaseUrl === undefined ? `PostgreSQL in ${config.dataDir}` : addressOf(databaseUrl).masked;
  const timeout = databaseUrl === undefined ? undefined : AbortSignal.timeout(databaseTimeoutMs);
  const requested = timeout ? AbortSignal.any([shutdown.requested, timeout]) : shutdown.requested;
  const timer = setTimeout(() => printError(`Waiting for the database ${name}`, 0), 500);
  try {
    return await openDatabase({
      ...config,
      databaseUrl,
      poolSize: 2,
      log: textLog(() => clearTimeout(timer)),
      clock: databaseClock,
      shutdown: { ...shutdown, requested },
    });
  } catch (error) {
    if (!timeout?.aborted || shutdown.requested.aborted) throw error;
    // A health check of the server that is still in progress would keep the process alive for some seconds.
    setTimeout(() => process.exit(1), 100).unref();
    throw new Error(`The database ${name} did not answer within ${databaseTimeoutMs / 1000} s`);
  } finally {
    clearTimeout(timer);
  }
}

/** A log in lines of text: that the command waits for the database, and the errors of it. */
function textLog(onLine: () => void) {
  const line = (fields: unknown, message = '') => {
    onLine();
    const { err, hosts } = recordOf(fields);
    const text = Array.isArray(hosts) ? `Waiting for the database at ${hosts.join(', ')}` : message;
    printError(err ? `${text}: ${errorMessage(err) || errorCode(err)}` : text, 0);
  };
  const silent = () => {};
  const warn = (fields: unknown, message?: string) => message === 'database unreachable' && line(fields, message);
  return { debug: silent, info: silent, warn, error: line, fatal: line };
}

function print(text: string, code: number): number {
  process.stdout.write(`${printable(text.trimEnd(), { lines: true })}\n`);
  return code;
}

function printError(text: string, code: number): number {
  process.stderr.write(`${printable(text.trimEnd(), { lines: true })}\n`);
  return code;
}
