import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { type Logger, pino } from 'pino';
import { type AppNeeds, buildApp } from './app.ts';
import type { Config } from './config/config.ts';
import { ownKey } from './config/own-key.ts';
import { migrate } from './db/migrate.ts';
import { openDatabase } from './db/open.ts';
import { databaseClock } from './kit/clock.ts';
import { maskPhoneNumber, type PhoneNumber } from './kit/phone-number.ts';
import { secretKeys } from './kit/secret.ts';
import { addressSends } from './limits/allowance.ts';
import { consoleGateway } from './sms/console.ts';
import type { Gateway } from './sms/gateway.ts';
import { httpGateway } from './sms/http.ts';
import { type Inbox, withInbox } from './sms/inbox.ts';
import { openOutbox } from './sms/outbox.ts';
import { startSweeping } from './sweep.ts';

const sendingPatienceMs = 10_000;
/** A connection that a client has opened already may not have brought its request yet. */
const drainMs = 250;

/** The running product. */
export interface Running {
  /** Where people reach it. */
  readonly publicUrl: string;
  /** Finishes what is under way, sends what waits to be sent, and closes what was opened, in reverse order. */
  stop(): Promise<void>;
}

/** Opens all that a configuration says, mounts the doors and listens; leaves nothing open where one step fails. */
export async function serve(config: Config): Promise<Running> {
  const log = pino({ level: config.logLevel, base: null });
  const opened: (() => unknown)[] = [];
  let stopping = false;
  const stop = async () => {
    stopping = true;
    for (const close of opened.splice(0).reverse()) await close();
  };
  try {
    const db = await openDatabase({ ...config, poolSize: config.databasePool, log, clock: databaseClock });
    opened.push(() => db.close());
    await migrate({ sql: db.sql, log });

    const inbox = config.inbox ? withInbox(gatewayOf(config, log)) : undefined;
    const outbox = openOutbox({
      gateway: inbox ?? gatewayOf(config, log),
      log,
      mask: (to) => maskPhoneNumber(to as PhoneNumber),
    });
    opened.push(() => outbox.close(sendingPatienceMs));
    const needs = { db, life: config.session, log };
    opened.push(startSweeping(needs));

    const publicUrl = config.publicUrl ?? `http://${hostInUrl(config.host)}:${config.port}`;
    const server = await buildApp({
      ...needs,
      ...appNeeds(config, inbox),
      outbox,
      publicUrl,
      host: new URL(publicUrl).hostname,
      isStopping: () => stopping,
    });
    opened.push(() => server.close());
    await server.listen({ host: config.host, port: config.port });
    // with PORT=0 only now the port is known
    server.publicUrl = publicUrl.replace(/:0$/, `:${(server.server.address() as AddressInfo).port}`);
    opened.push(() => pause(drainMs));
    return { publicUrl: server.publicUrl, stop };
  } catch (fault) {
    await stop();
    throw fault;
  }
}

function appNeeds(
  config: Config,
  inbox: Inbox | undefined,
): Omit<AppNeeds, 'db' | 'life' | 'log' | 'outbox' | 'publicUrl' | 'host' | 'isStopping'> {
  return {
    keys: secretKeys(config.secretKeys ?? [ownKey(config.dataDir)]),
    codeLength: config.codeLength,
    addressLimit: addressSends(config.addressSendsPerHour),
    defaultLanguage: config.defaultLocale,
    defaultRegion: config.defaultRegion,
    phoneNumberPolicy: config.phoneNumberPolicy,
    invitedPhones: config.invitedPhones,
    trustProxy: config.trustProxy,
    inbox,
  };
}

function gatewayOf({ sender }: Config, log: Logger): Gateway {
  return sender.kind === 'http' ? httpGateway(sender) : consoleGateway(log);
}

function hostInUrl(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
