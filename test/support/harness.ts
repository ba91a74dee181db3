import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { subscribe } from 'node:diagnostics_channel';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import type { FastifyReply, FastifyRequest, InjectOptions, LightMyRequestResponse } from 'fastify';
import { pino } from 'pino';
import type { Sql } from 'postgres';
import { type AppNeeds, buildApp } from '../../src/app.ts';
import { startEmbedded } from '../../src/db/embedded/server.ts';
import { openDatabase } from '../../src/db/open.ts';
import type { Deliveries, DeliveriesNeeds } from '../../src/deliveries/deliveries.ts';
import type { Server } from '../../src/http/server.ts';
import { loggerOptions } from '../../src/kit/logger.ts';
import { secretKeys } from '../../src/kit/secret.ts';
import { noopMetrics } from '../../src/metrics/metrics.ts';
import type { Provider } from '../../src/sms/provider.ts';
import { assertMatchesOpenApi } from './assert-openapi.ts';
import { createDatabase } from './create-database.ts';
import { closeDatabases, shareDatabase, takeDatabase } from './database-pool.ts';
import { createDistributed } from './distributed.ts';
import { TestClock } from './test-clock.ts';
import { openTestDeliveries, type SentMessage } from './test-deliveries.ts';

/** The product as a test sees it: its doors, its database, its clock, its messages and its log. */
export interface TestApp {
  readonly server: Server;
  readonly sql: Sql;
  readonly databaseUrl: string;
  readonly clock: TestClock;
  /** What was sent, in order; read when it is ordered. */
  readonly sent: SentMessage[];
  readonly deliveries: Deliveries;
  readonly log: string[];
  /** One request through the real door; the answer is checked against the OpenAPI document. */
  call(method: string, url: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Signs a number in by the API, and returns its token. */
  signIn(phoneNumber: string): Promise<string>;
  /** The code that was sent to a number last. */
  codeFor(phoneNumber: string): string;
}

/** An answer, with its body read as JSON where it is JSON. */
// biome-ignore lint/suspicious/noExplicitAny: a test looks into a body as its client would
export type Answer = LightMyRequestResponse & { data: any };

export const testKey = 'a-key-for-tests-that-is-long-enough-0123456789';

/**
 * The URL of a fresh database with our schema, on the server that this run of tests shares; of the front database
 * of several with `shards` databases for each group, the value of `TEST_DISTRIBUTED` by default. With `TEST_FRONT_URL` it is
 * that front database, which several files share.
 */
export async function freshDatabase({
  migrated = true,
  shards = Number(process.env.TEST_DISTRIBUTED ?? 0),
} = {}): Promise<string> {
  const front = process.env.TEST_FRONT_URL;
  if (front !== undefined && migrated) return front;
  const server = process.env.TEST_DATABASE_URL ?? (await ownServer());
  const template = migrated ? process.env.TEST_DATABASE_TEMPLATE : undefined;
  const name = `test_${randomBytes(6).toString('hex')}`;
  if (shards > 0 && migrated) return createDistributed(server, name, { template, shards });
  return createDatabase(server, name, { template, migrated });
}

const silent = pino({ level: 'silent' });

/** The rate limits that responses named although their routes do not declare them. */
const undeclared = new Set<string>();
subscribe('tracing:fastify.request.handler:asyncEnd', (message) => {
  const { request, reply } = message as { request: FastifyRequest; reply: FastifyReply };
  const [, name] = /^"(\w+)"/.exec(String(reply.getHeader('ratelimit-policy'))) ?? [];
  const limits = request.routeOptions.config.limits ?? [];
  // the wider networks of an address have their own quota under the same rule
  if (name !== undefined && !limits.includes(name.replace(/_(?:48|56)$/, '')))
    undeclared.add(`${request.method} ${request.routeOptions.url}: ${name}`);
});
process.once('exit', () => {
  if (undeclared.size === 0) return;
  process.exitCode = 1;
  process.stderr.write(`rate limits that their routes do not declare: ${[...undeclared].join(', ')}\n`);
});

let own: Promise<string> | undefined;

/** For a test file that is run by itself. */
function ownServer(): Promise<string> {
  own ??= (async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'vouch-test-'));
    const embedded = await startEmbedded({ dataDir, log: silent });
    after(async () => {
      await embedded.stop();
      await rm(dataDir, { recursive: true });
    });
    return embedded.url;
  })();
  return own;
}

/** What a test wants otherwise than usual. */
export type AppOptions = Partial<AppNeeds> & {
  databaseUrl?: string;
  /** The maximum of connections to it. */
  poolSize?: number;
  /** The standbys of that database. */
  readUrls?: readonly string[];
  /** The pooler before that database and its standbys. */
  databasePooler?: 'none' | 'transaction';
  host?: string;
  /** How messages are delivered. */
  sending?: Partial<Omit<DeliveriesNeeds, 'providers'>> & { providers?: readonly Provider[] };
};

/** Opens the product over a fresh database, or a given one, and closes it after the tests of the file. */
export async function openApp(options: AppOptions = {}): Promise<TestApp> {
  const log: string[] = [];
  const logger = pino({ ...loggerOptions, level: 'debug' }, { write: (line) => void log.push(line) });
  const clock = new TestClock();
  const front = process.env.TEST_FRONT_URL;
  const given = options.databaseUrl ?? front;
  const db = clock.over(
    given === undefined
      ? await takeDatabase(freshDatabase, { log: logger, clock })
      : given === front
        ? await shareDatabase(given, clock)
        : await openDatabase({
            databaseUrl: given,
            readUrls: options.readUrls,
            databasePooler: options.databasePooler,
            dataDir: '',
            poolSize: options.poolSize ?? 10,
            log: logger,
            clock,
          }),
  );
  const databaseUrl = db.url;
  const sent: SentMessage[] = [];
  const keys = options.keys ?? secretKeys([testKey]);
  const { host, sending } = options;
  const deliveries =
    options.deliveries ??
    openTestDeliveries(
      { db: options.db ?? db, log: logger, keys, brand: options.brand?.name, ...(host ? { host } : {}) },
      {
        show: (message) => {
          sent.push(message);
          options.inbox?.add({ ...message, sentAt: new Date() });
        },
        metrics: options.metrics ?? noopMetrics,
        ...sending,
      },
    );
  const server = await buildApp({
    log: logger,
    db,
    deliveries,
    keys,
    testNumbers: new Map(),
    sessionLife: { idleSeconds: 30 * 86_400, lifetimeSeconds: 365 * 86_400 },
    sessionsMax: 50,
    codeLength: 6,
    networkMessagesPerHour: 1000,
    requireChallenge: false,
    sprayLimit: 10_000,
    publicUrl: 'https://vouch.example',
    defaultLocale: 'ru',
    defaultRegion: 'RU',
    dailyMax: [],
    phoneNumberPolicy: 'possible',
    smsCountries: new Set(['*']),
    invitedPhones: 'full',
    keepDays: { deliveries: 30, audit: 400 },
    trustProxy: false,
    allowedNetworks: [],
    inbox: undefined,
    metrics: noopMetrics,
    scraping: undefined,
    isStopping: () => false,
    ...options,
  });
  after(async () => {
    await server.close();
    await deliveries.close(1000);
    await db.close();
    // `scripts/test.ts` closes them after the last of the files that share a process
    if (process.env.TEST_BUNDLE === undefined) await closeDatabases();
  });

  async function call(
    method: string,
    url: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const request: InjectOptions = { method: method as 'GET', url, headers };
    if (body !== undefined) {
      request.payload = typeof body === 'string' ? body : JSON.stringify(body);
      request.headers = { 'content-type': 'application/json', ...headers };
    }
    const answer = (await server.inject(request)) as Answer;
    // a clock that is turned before it is recorded what came of a message would make it one that a dead process left
    while (!sending && !options.deliveries && deliveries.load.sending > 0) await new Promise(setImmediate);
    answer.data = /json/.test(String(answer.headers['content-type'])) ? answer.json() : undefined;
    assertMatchesOpenApi(server, method, url, answer);
    return answer;
  }

  function codeFor(phoneNumber: string): string {
    const message = sent.findLast(({ to }) => to === phoneNumber);
    assert.ok(message, `nothing was sent to ${phoneNumber}`);
    return message.code;
  }

  async function signIn(phoneNumber: string): Promise<string> {
    const asked = await call('POST', '/api/request-sms/', { phone_number: phoneNumber });
    assert.equal(asked.statusCode, 201, asked.body);
    const verified = await call('POST', '/api/verify-sms/', {
      phone_number: phoneNumber,
      sms_code: codeFor(phoneNumber),
    });
    assert.equal(verified.statusCode, 201, verified.body);
    return verified.data.token;
  }

  return { server, sql: db.sql, databaseUrl, clock, sent, deliveries, log, call, signIn, codeFor };
}

let counter = Math.floor(Math.random() * 1e6) * 10;

/** A number that no other test uses. */
export function anyNumber(): string {
  counter += 1;
  return `+7916${String(counter % 1e7).padStart(7, '0')}`;
}

/** The header that a token goes into. */
export function withToken(token: string): Record<string, string> {
  return { authorization: `Token ${token}` };
}
