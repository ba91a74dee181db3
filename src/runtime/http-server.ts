import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type AppNeeds, buildApp } from '../app.ts';
import type { Config } from '../config/config.ts';
import { instanceKeys } from '../config/dev-key.ts';
import { providerOptions } from '../config/provider-options.ts';
import type { Database } from '../db/database.ts';
import { createDeliveries, type DeliveriesNeeds } from '../deliveries/deliveries.ts';
import type { Server } from '../http/server.ts';
import { loadPhoneLibrary } from '../kit/phone-library.ts';
import type { Exposition } from '../metrics/exposition.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { type ComposeNeeds, composeMessage } from '../sign-in/compose-message.ts';
import type { Inbox } from '../sms/inbox.ts';
import { parsePrices } from '../sms/prices.ts';
import { createProviders } from '../sms/providers.ts';
import { allTexts } from '../texts/override.ts';
import { useTexts } from '../texts/texts.ts';
import { acceptBacklog, endConnections } from './drain.ts';
import { listen } from './listen.ts';

const sendTimeoutMs = 10_000;

/** A connection that a client has just opened may not have sent its request yet. */
const minDrainMs = 250;
/** Connections that stay idle for this time after the drain are closed. */
const idleTimeoutMs = 2000;
/** The same while other processes serve, when nobody waits for the end. */
const drainTimeoutMs = 10_000;

/** The HTTP server of one process. */
export interface HttpServer {
  /** The public origin. */
  readonly publicUrl: string;
  /** Fails `/readyz`, serves for the drain time, finishes requests in progress, and sends waiting messages. */
  close(): Promise<void>;
  /** The same while other processes serve: accepts no new connection, and ends each open one after a response. */
  drain(): Promise<void>;
}

/** The dependencies of the HTTP server. */
export interface HttpServerNeeds {
  readonly db: Database;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** The metrics of all processes, for clients that may scrape on the main port. */
  readonly exposition: Exposition;
  /** The development inbox; unused unless it is configured. */
  readonly inbox: Inbox;
}

/** Mounts the routes and listens; leaves nothing open if one step fails. */
export async function startHttpServer(config: Config, needs: HttpServerNeeds): Promise<HttpServer> {
  let stopping = false;
  loadPhoneLibrary();
  useTexts(allTexts(config.operatorTexts));
  const { db, log, metrics, exposition } = needs;
  const inbox = config.devInbox ? needs.inbox : undefined;
  const publicUrl = config.publicUrl ?? `http://${hostInUrl(config.host)}:${config.port}`;
  const host = new URL(publicUrl).hostname;
  const keys = instanceKeys(config);
  const token = config.metrics?.token;
  const deliveries = createDeliveries({
    ...config.sms,
    db,
    log,
    metrics,
    rules: config.sms.routes,
    providers: createProviders(providerOptions(config.sms.providers, publicUrl), log),
    compose: (outgoing) => composeMessage({ keys, ...messageNeeds(config, host) }, outgoing),
    priceOf: priceLookup(config),
    show: inbox && ((message) => inbox.add({ ...message, sentAt: new Date() })),
  });
  const needsOfApp: AppNeeds = {
    ...appNeeds(config, inbox),
    metrics,
    scraping: token === undefined ? undefined : { token, read: exposition },
    keys,
    deliveries,
    db,
    standbyWaits: db.standbys,
    log,
    sessionLife: config.sessionLife,
    publicUrl,
    isStopping: () => stopping,
  };
  const server = await buildApp({ ...needsOfApp, console: consoleAt(config) });
  const consoleServer = await startConsole(config, needsOfApp).catch(async (error) => {
    await deliveries.close(0);
    throw error;
  });
  const shutdown = async () => {
    await consoleServer?.close();
    await server.close();
    await deliveries.close(sendTimeoutMs);
  };
  const listening = await listen(server, config.host, config.port, log).catch(async (error) => {
    await shutdown();
    throw error;
  });
  deliveries.startPolling();
  // with PORT=0 the port is known only now
  server.publicUrl = publicUrl.replace(/:0$/, `:${listening.port}`);
  const endConnectionsIn = async (ms: number) => {
    await acceptBacklog(server.server);
    listening.closeOthers();
    if (ms > 0) await endConnections(server.server, ms);
    await shutdown();
  };
  return {
    publicUrl: server.publicUrl,
    close: async () => {
      stopping = true;
      const ms = config.drainSeconds * 1000;
      if (ms > 0) log.info({ seconds: config.drainSeconds }, 'drain started');
      await pause(Math.max(ms, minDrainMs));
      await endConnectionsIn(Math.min(ms, idleTimeoutMs));
    },
    drain: () => endConnectionsIn(drainTimeoutMs),
  };
}

/** The console below a path of the public pages. */
function consoleAt({ console, settings }: Config): AppNeeds['console'] {
  return console?.path === undefined ? undefined : { path: console.path, isAlone: false, settings };
}

/** Starts the console on its own port, if it has one: a server without any other route. */
async function startConsole({ console, settings }: Config, needs: AppNeeds): Promise<Server | undefined> {
  if (console?.port === undefined) return undefined;
  const { host, port, url } = console;
  const alone = { path: '', isAlone: true, settings };
  const server = await buildApp({ ...needs, publicUrl: url, console: alone });
  await listen(server, host, port, needs.log, { hostVariable: 'CONSOLE', portVariable: 'CONSOLE' });
  return server;
}

function messageNeeds({ brand, androidAppHash }: Config, host: string): Omit<ComposeNeeds, 'keys'> {
  return { host, appHash: androidAppHash, brand: brand.isOwn ? brand.name : undefined };
}

/** The prices of the operator's list; without one, no price is known. */
function priceLookup({ sms }: Config): DeliveriesNeeds['priceOf'] {
  const prices = sms.prices === undefined ? undefined : parsePrices(sms.prices);
  if (!prices?.ok) return () => undefined;
  return (provider, country) => {
    const price = prices.priceOf(provider, country);
    return price === undefined ? undefined : { price, currency: prices.currency };
  };
}

function appNeeds(
  config: Config,
  inbox: Inbox | undefined,
): Omit<
  AppNeeds,
  'db' | 'sessionLife' | 'log' | 'deliveries' | 'keys' | 'publicUrl' | 'isStopping' | 'metrics' | 'scraping'
> {
  const { codeLength, networkMessagesPerHour, defaultLocale, defaultRegion, phoneNumberPolicy, smsCountries } = config;
  const { invitedPhones, trustProxy, devInbox, requireChallenge, sprayLimit } = config;
  const { testNumbers, dailyMax } = config.sms;
  return {
    testNumbers,
    codeLength,
    networkMessagesPerHour,
    requireChallenge,
    sprayLimit,
    sessionsMax: config.sessionsMax,
    dailyMax,
    defaultLocale,
    brand: config.brand,
    defaultRegion,
    phoneNumberPolicy,
    smsCountries,
    invitedPhones,
    keepDays: { deliveries: config.sms.deliveriesKeepDays, audit: config.auditKeepDays },
    trustProxy,
    managementApi: config.managementApi,
    allowedOrigins: config.allowedOrigins,
    forwardAuth: config.forwardAuth,
    oidc: config.oidc ? { clients: config.clientsFile, amr: amrOf(config) } : undefined,
    allowedNetworks: config.webhookPrivateNetworks,
    inbox,
    devInbox: devInbox || 'loopback',
  };
}

function hostInUrl(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

/** A code by any messenger is a one-time password; it came by SMS if no other channel is configured. */
function amrOf({ sms }: Config): readonly string[] {
  const isSms = sms.routes.every(({ providers }) => !providers.some((name) => ['telegram', 'whatsapp'].includes(name)));
  return isSms ? ['otp', 'sms'] : ['otp'];
}
