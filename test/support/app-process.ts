/**
 * The product in a process of its own, over `DATABASE_URL` and with `SECRET_KEY`, on a free port of the loopback. Keeps
 * its messages in the development inbox. Tells its parent the port, and that it has turned its clock when told to.
 * Closes what it opened on SIGTERM, and ends with its parent.
 */
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { buildApp } from '../../src/app.ts';
import { openDatabase } from '../../src/db/open.ts';
import { secretKeys } from '../../src/kit/secret.ts';
import { noopMetrics } from '../../src/metrics/metrics.ts';
import { createInbox } from '../../src/sms/inbox.ts';
import { oidc } from './oidc-client.ts';
import { openTestDeliveries, type SentMessage } from './test-deliveries.ts';

const { DATABASE_URL: databaseUrl, SECRET_KEY = '' } = process.env;
const log = pino({ level: 'error' }, { write: (line) => void process.stderr.write(line) });
const clock = { aheadMs: 0 };
const db = await openDatabase({ databaseUrl, dataDir: '', poolSize: 10, log, clock });
const inbox = createInbox();
const keys = secretKeys([SECRET_KEY]);
const show = (message: SentMessage) => inbox.add({ ...message, sentAt: new Date() });
const deliveries = openTestDeliveries({ db, log, keys, host: 'localhost' }, { show });
const server = await buildApp({
  log,
  db,
  deliveries,
  testNumbers: new Map(),
  inbox,
  metrics: noopMetrics,
  scraping: undefined,
  isStopping: () => false,
  keys,
  sessionLife: { idleSeconds: 30 * 86_400, lifetimeSeconds: 365 * 86_400 },
  sessionsMax: 50,
  codeLength: 6,
  networkMessagesPerHour: 100_000,
  requireChallenge: false,
  sprayLimit: Number(process.env.SPRAY_LIMIT ?? 10_000),
  allowedNetworks: [],
  publicUrl: process.env.PUBLIC_URL ?? 'http://localhost',
  defaultLocale: 'ru',
  defaultRegion: 'RU',
  dailyMax: JSON.parse(process.env.DAILY_MAX ?? '[]'),
  phoneNumberPolicy: 'possible',
  smsCountries: new Set(['*']),
  invitedPhones: 'full',
  keepDays: { deliveries: 30, audit: 400 },
  oidc: process.env.OIDC === 'on' ? oidc : undefined,
  managementApi: process.env.MANAGEMENT_API === 'on',
  trustProxy: process.env.TRUST_PROXY === '1' ? 1 : false,
  // races are about what happens to all of those who come at once
  concurrencyBounds: { min: 10_000, max: 10_000, initial: 10_000 },
});
await server.listen({ host: '127.0.0.1', port: 0 });
process.on('message', ({ aheadMs }: { aheadMs: number }) => {
  clock.aheadMs = aheadMs;
  process.send?.({ aheadMs });
});
process.once('disconnect', () => process.exit());
process.once('SIGTERM', async () => {
  await server.close();
  await deliveries.close(1000);
  await db.close();
  process.exit();
});
process.send?.({ port: (server.server.address() as AddressInfo).port });
