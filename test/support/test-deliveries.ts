import type { Logger } from 'pino';
import type { Database } from '../../src/db/database.ts';
import { createDeliveries, type Deliveries, type DeliveriesNeeds } from '../../src/deliveries/deliveries.ts';
import { noopMetrics } from '../../src/metrics/metrics.ts';
import { type ComposeNeeds, composeMessage } from '../../src/sign-in/compose-message.ts';
import type { Message, Provider, Sent } from '../../src/sms/provider.ts';

/** What was shown of a message that goes out. */
export type SentMessage = Pick<Message, 'to' | 'code' | 'text'>;

/** A provider of a test's own: what it takes, it says by `answer`. */
export function testProvider(name: string, answer: Provider['send'] = accept, more: Partial<Provider> = {}): Provider {
  return { name, channel: 'sms', send: answer, close: async () => {}, ...more };
}

const accept = async ({ id }: Message): Promise<Sent> => ({ ok: true, reference: id });

/** What test deliveries need: the host and the words of the messages are those of the operator. */
export interface TestDeliveriesNeeds extends Omit<ComposeNeeds, 'host'> {
  db: Database;
  log: Logger;
  host?: string;
}

/** Real deliveries over a database, by providers of a test's own, by default one that accepts everything. */
export function openTestDeliveries(
  { db, log, keys, host = 'vouch.example', ...words }: TestDeliveriesNeeds,
  more: Partial<Omit<DeliveriesNeeds, 'providers'>> & { providers?: readonly Provider[] } = {},
): Deliveries {
  const providers = more.providers ?? [testProvider('console')];
  return createDeliveries({
    db,
    log,
    rules: [{ country: '*', providers: providers.map(({ name }) => name) }],
    routing: 'fixed',
    testNumbers: new Map(),
    compose: (ordered) => composeMessage({ keys, host, ...words }, ordered),
    priceOf: () => undefined,
    show: undefined,
    concurrency: 64,
    metrics: noopMetrics,
    ...more,
    providers: new Map(providers.map((provider) => [provider.name, provider])),
  });
}

/** Deliveries that end with the record of the message: what is made is shown, and no provider is called. */
export function recordedDeliveries(
  real: Deliveries,
  show: (ordered: Parameters<Deliveries['send']>[0]) => void,
): Deliveries {
  return {
    ...real,
    reserve: () => undefined,
    send(ordered) {
      show(ordered);
      return { channel: 'sms', next: 'sms' };
    },
  };
}
