import { parseArgs } from 'node:util';
import { pino } from 'pino';
import type { Config } from './config/config.ts';
import { loadConfig } from './config/load.ts';
import { type OpenDatabase, openDatabase } from './db/open.ts';
import { runningDatabase } from './db/running.ts';
import { databaseClock } from './kit/clock.ts';
import { osUserLabel } from './kit/os-user.ts';
import { maskPhoneNumber, type PhoneNumber, type PhoneNumberRefusal, readPhoneNumber } from './kit/phone-number.ts';
import { orAborted, type Shutdown } from './kit/shutdown.ts';
import { privateLog } from './log.ts';
import { list, providers, type Told, testSms, total, trace } from './operator/operations.ts';
import { openProviders } from './providers.ts';

const usage = `Usage: vouch <command> [options]

  vouch trace <number>         the whole story of a number, found by any spelling; reading it is logged
  vouch deliveries             what was sent, newest first, numbers masked
      --since 24h  --until …   a duration (30m, 24h, 7d) before now, or a time (2026-01-31T12:00Z)
      --country RU  --provider smsc  --state failed  --limit 100
      --totals                 instead: totals, completion and spend by country, provider and hour
  vouch providers              the state of each route, and why
  vouch sms test <number>      sends one real message, which costs what it costs and is recorded nowhere
      --provider smsc          by this provider instead of the first one of the route
  --json                       one JSON document instead of text
  --help

It reads the same variables and the same .env as the server, and works beside it. Without a command the server starts.
`;

const options = {
  since: { type: 'string' },
  until: { type: 'string' },
  country: { type: 'string' },
  provider: { type: 'string' },
  state: { type: 'string' },
  limit: { type: 'string' },
  totals: { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

class Misuse extends Error {}

/**
 * Does what an operator asks for, and resolves with the code to exit with: 1 where it failed, 2 where it was not understood,
 * 130 where a signal came first.
 */
export async function command(words: readonly string[], shutdown: Shutdown): Promise<number> {
  try {
    const { values, positionals } = parsed(words);
    if (values.help || positionals.length === 0) return say(usage, 0);
    const read = loadConfig();
    if (!read.ok) return complain(read.problems.join('\n'), 1);
    const told = await perform(read.config, positionals, values, shutdown);
    return say(values.json ? JSON.stringify(told.json, undefined, 2) : told.text, told.isGood ? 0 : 1);
  } catch (fault) {
    if (shutdown.requested.aborted) return 130;
    if (fault instanceof Misuse) return complain(`${fault.message}\n\n${usage}`, 2);
    const { message, code } = fault as { message: string; code?: string };
    return complain(
      code === '42P01' ? 'The database has no tables of this version: start the server first' : message,
      1,
    );
  }
}

type Given = ReturnType<typeof parsed>['values'];

function parsed(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true });
  } catch (fault) {
    throw new Misuse((fault as Error).message);
  }
}

async function perform(
  config: Config,
  [name, ...rest]: readonly string[],
  given: Given,
  shutdown: Shutdown,
): Promise<Told> {
  if (name === 'sms' && rest[0] === 'test')
    return orAborted(sendTest(config, numberOf(config, rest[1]), given.provider), shutdown.requested);
  const withDatabase = <T>(act: (db: OpenDatabase) => Promise<T>) => useDatabase(config, shutdown, act);
  if (name === 'trace') {
    const phoneNumber = numberOf(config, rest[0]);
    const log = pino({ ...privateLog, base: null }, pino.destination(2));
    log.info({ number: maskPhoneNumber(phoneNumber), by: osUserLabel() }, 'an operator reads the story of a number');
    const isTestNumber = config.sms.testNumbers.has(phoneNumber);
    const refusal = refusalOf(config, phoneNumber);
    return withDatabase((db) => trace(db, phoneNumber, new Date(), { isTestNumber, refusal }));
  }
  if (name === 'providers') return withDatabase((db) => providers(db, config.sms.routes, new Date()));
  if (name !== 'deliveries') throw new Misuse(`There is no command ${[name, ...rest].join(' ')}`);
  const now = new Date();
  const { country, provider, state } = given;
  const filter = {
    since: timeFrom(given.since ?? '24h', now),
    until: timeFrom(given.until ?? '0m', now),
    country,
    provider,
    state,
  };
  const most = Number(given.limit ?? 100);
  if (!Number.isInteger(most) || most < 1)
    throw new Misuse('--limit has to be a whole number from 1. Example: --limit 100');
  const progress = (count: number) => {
    if (process.stderr.isTTY && most > 1000) process.stderr.write(`\r${count} read`);
  };
  return withDatabase((db) => (given.totals ? total(db, filter) : list(db, filter, most, progress)));
}

async function sendTest(config: Config, phoneNumber: PhoneNumber, wanted: string | undefined): Promise<Told> {
  const log = pino({ ...privateLog, level: 'info', base: null }, pino.destination(2));
  const opened = openProviders(config.sms, config.publicUrl ?? 'http://127.0.0.1', log);
  try {
    const name = wanted ?? config.sms.routes[0]?.providers[0] ?? '';
    const provider = opened.get(name);
    if (!provider) throw new Misuse(`SMS_ROUTES names no provider ${name}; it has ${[...opened.keys()].join(', ')}`);
    return await testSms(provider, phoneNumber);
  } finally {
    await Promise.all([...opened.values()].map((one) => one.close()));
  }
}

function numberOf({ defaultRegion }: Config, typed: string | undefined): PhoneNumber {
  if (typed === undefined) throw new Misuse('A number is missing. Example: vouch trace +79161234567');
  const read = readPhoneNumber(typed, { region: undefined, defaultRegion, policy: 'possible' });
  if (!read.ok) throw new Misuse(`${typed} is no telephone number. Example: +79161234567`);
  return read.phoneNumber;
}

/** Why the doors would not take a number; undefined where they would. */
function refusalOf(config: Config, phoneNumber: PhoneNumber): PhoneNumberRefusal | undefined {
  const { defaultRegion, phoneNumberPolicy: policy, servedCountries: served } = config;
  const read = readPhoneNumber(phoneNumber, { region: undefined, defaultRegion, policy, served });
  return read.ok ? undefined : read;
}

const units = { m: 60_000, h: 3_600_000, d: 86_400_000 };

function timeFrom(text: string, now: Date): Date {
  const [, count, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  const at = count ? new Date(now.getTime() - Number(count) * units[unit as keyof typeof units]) : new Date(text);
  if (Number.isNaN(at.getTime())) throw new Misuse(`${text} is no time. Example: 24h, or 2026-01-31T12:00Z`);
  return at;
}

/** That of the running server where we run PostgreSQL ourselves; else it is started for so long. */
async function useDatabase<T>(config: Config, shutdown: Shutdown, act: (db: OpenDatabase) => Promise<T>): Promise<T> {
  const running = config.databaseUrl ? undefined : await runningDatabase(config.dataDir);
  const log = pino({ ...privateLog, level: 'error', base: null }, pino.destination(2));
  const databaseUrl = config.databaseUrl ?? running?.url;
  const db = await openDatabase({ ...config, databaseUrl, poolSize: 2, log, clock: databaseClock, shutdown });
  try {
    return await orAborted(act(db), shutdown.requested);
  } finally {
    await db.close();
    await running?.forget();
  }
}

function say(text: string, code: number): number {
  process.stdout.write(`${text.trimEnd()}\n`);
  return code;
}

function complain(text: string, code: number): number {
  process.stderr.write(`${text.trimEnd()}\n`);
  return code;
}
