import type { Database } from '../db/database.ts';
import type { Log } from '../kit/log.ts';
import { countryOf, type PhoneNumber } from '../kit/phone-number.ts';
import { firstOf } from '../kit/present.ts';
import { random } from '../kit/random.ts';
import { CircuitBreakers } from '../routing/circuit-breakers.ts';
import { RouteRanking } from '../routing/route-ranking.ts';
import { channelRoutes, type Route, routesTo, withChannelFirst } from '../routing/routes.ts';
import type { Channel, Provider, Receipt, RouteRule } from '../sms/provider.ts';
import { isFictional } from '../sms/reserved.ts';
import { type ChosenChannels, type NewDelivery, type OutgoingMessage, prefixOf, type Reservation } from './delivery.ts';
import { messageState } from './message-state.ts';
import { countFinished } from './queue-snapshot.ts';
import { type ReceiptUpdate, recordEarlyReceipts, recordReceipts } from './receipt-store.ts';
import { MessageSender, type SenderNeeds } from './sender.ts';
import { claimAbandoned } from './store.ts';

/** The dependencies of deliveries. */
export interface DeliveriesNeeds extends Omit<SenderNeeds, 'breakers'> {
  readonly db: Database;
  readonly log: Log;
  readonly rules: readonly RouteRule[];
  /** The order of routes: that of the operator, or by measured completions. */
  readonly routing: 'fixed' | 'measured';
  /** Test numbers with a code of their own, to which nothing is sent. */
  readonly testNumbers: ReadonlyMap<string, string>;
}

/** The deliveries of one process. */
export interface Deliveries {
  /**
   * The seconds after which to ask again, if the queue is so long that a message would come too late for the person.
   */
  busy(planned: Pick<NewDelivery, 'provider'>): number | undefined;
  /** The record of a message, for the statement that decides on it. */
  plan(phoneNumber: PhoneNumber): Omit<NewDelivery, 'language' | 'clientNetwork'> & {
    /** The price of a message to the country by its most expensive route, in millionths, if known. */
    readonly price: bigint | undefined;
  };
  /** The channels by which a message can reach a number, in the operator's order. */
  channels(phoneNumber: PhoneNumber): readonly Channel[];
  /**
   * Reserves room for a message that is about to be recorded, so that its first attempt begins with the record; undefined
   * if there is none. The caller sends the message with it, or releases it.
   */
  reserve(outgoing: OutgoingMessage): Reservation | undefined;
  /** Sends a recorded message, unless it was dropped, and returns at once how it reaches the person. */
  send(outgoing: OutgoingMessage, dropReason?: string, begun?: Reservation): ChosenChannels;
  /** The time of the database, and the state of a message; see `messageState`. */
  state(message: Parameters<typeof messageState>[1]): ReturnType<typeof messageState>;
  /** Records the receipts of a provider. */
  receipts(provider: string, receipts: readonly Receipt[]): Promise<void>;
  /** Returns a provider, for its callbacks. */
  provider(name: string): Provider | undefined;
  readonly load: MessageSender['load'];
  /** Takes over abandoned messages and observes providers; runs each second after `startPolling`. */
  poll(): Promise<void>;
  startPolling(): void;
  /** Ends the messages in flight, or cuts them off after `ms`. */
  close(ms: number): Promise<void>;
}

const pollIntervalMs = 1000;
/** A person does not wait any longer. */
const maxWaitMs = 60_000;
const maxClaimed = 50;
/** With messages of its own that wait, a process takes over a few at a time, so that others have room for the rest. */
const maxClaimedBusy = 5;
/** A poll looks for abandoned messages of this time, and of the time since the last poll that found all. */
const lookBackSeconds = 12 * 3600;
/** The first poll of a process looks back further, since the product may have been down. */
const firstLookBackSeconds = 31 * 86_400;

/** Creates the deliveries. Nothing runs by itself before `startPolling`. */
export function createDeliveries(needs: DeliveriesNeeds): Deliveries {
  const { db, log, providers, rules, metrics } = needs;
  const breakers = new CircuitBreakers({ db, log });
  const sender = new MessageSender({ ...needs, breakers });
  const ranking = new RouteRanking(db, needs);
  const reporting = [...providers.values()]
    .filter((provider) => provider.callback || provider.onReceipt)
    .map(({ name }) => name);
  let stopPolling = () => {};
  let foundAllAt: number | undefined;

  for (const provider of providers.values()) {
    provider.onReceipt?.((receipt) => {
      receipts(provider.name, [receipt]).catch((error: Error) =>
        log.warn({ provider: provider.name, err: error }, 'receipt not saved'),
      );
    });
  }

  async function receipts(provider: string, batch: readonly Receipt[]): Promise<void> {
    count(provider, await recordReceipts(db, provider, batch));
  }

  function count(provider: string, updates: readonly ReceiptUpdate[]): void {
    for (const { state, seconds } of updates) metrics.receipt(provider, state, seconds);
  }

  function orderRoutes(country: string, tried: readonly string[]): Route[] {
    const routes = routesTo(country, rules, channelsOf(providers));
    return ranking.order(country, routes, { tried, isOpen: (provider) => breakers.isOpen(provider) });
  }

  function routesFor({ country, tried, chosen }: OutgoingMessage): Route[] {
    return withChannelFirst(orderRoutes(country, tried), chosen);
  }

  function send(outgoing: OutgoingMessage, dropReason?: string, begun?: Reservation): ChosenChannels {
    const routes = begun?.routes ?? routesFor(outgoing);
    const first = firstOf(routes);
    if (dropReason === undefined) sender.send(outgoing, channelRoutes(routes), begun);
    else metrics.delivered({ country: outgoing.country, ...first }, 'dropped');
    ranking.track(outgoing.country, routes);
    const after = firstOf(orderRoutes(outgoing.country, [...outgoing.tried, first.provider]));
    return { channel: first.channel, next: after.channel };
  }

  async function poll(): Promise<void> {
    const startedAt = performance.now();
    const seconds = foundAllAt === undefined ? firstLookBackSeconds : lookBackSeconds + (startedAt - foundAllAt) / 1000;
    const max = sender.load.waiting === 0 ? maxClaimed : maxClaimedBusy;
    const { claimed, finished } = await claimAbandoned(db, max, seconds);
    if (claimed.length + finished.length < max) foundAllAt = startedAt;
    countFinished(metrics, finished);
    for (const outgoing of claimed) send(outgoing);
    await breakers.refresh();
    for (const provider of reporting) count(provider, await recordEarlyReceipts(db, provider));
    await ranking.refresh();
  }

  return {
    get load() {
      return sender.load;
    },
    busy({ provider }) {
      const wait = sender.waitMs(provider);
      return wait > maxWaitMs ? Math.ceil((wait - maxWaitMs) / 1000) + 1 : undefined;
    },
    plan: (phoneNumber) => planDelivery(needs, phoneNumber),
    channels: (phoneNumber) => {
      const routes = routesTo(countryOf(phoneNumber).region, rules, channelsOf(providers));
      return [...new Set(routes.map(({ channel }) => channel))];
    },
    reserve: (outgoing) => sender.reserve(outgoing, routesFor(outgoing)),
    send,
    state: (message) => messageState(db, message),
    receipts,
    provider: (name) => providers.get(name),
    poll,
    startPolling() {
      stopPolling = repeat(() => poll().catch((error: Error) => log.debug({ err: error }, 'delivery poll failed')));
    },
    async close(ms) {
      stopPolling();
      await sender.close(ms);
      await Promise.all([...providers.values()].map((provider) => provider.close()));
    },
  };
}

function channelsOf(providers: DeliveriesNeeds['providers']): (provider: string) => Channel {
  return (name) => providers.get(name)?.channel ?? 'sms';
}

function planDelivery(needs: DeliveriesNeeds, phoneNumber: PhoneNumber): ReturnType<Deliveries['plan']> {
  const { region, callingCode } = countryOf(phoneNumber);
  const routes = routesTo(region, needs.rules, channelsOf(needs.providers));
  const { provider, channel } = firstOf(routes);
  const prices = routes.flatMap((route) => needs.priceOf(route.provider, region)?.price ?? []);
  return {
    id: random.id(),
    phoneNumber,
    country: region,
    prefix: prefixOf(phoneNumber, callingCode),
    provider,
    channel,
    dropped: dropReasonFor(needs, phoneNumber, provider),
    price: prices.reduce<bigint | undefined>(
      (max, price) => (max !== undefined && max > price ? max : price),
      undefined,
    ),
  };
}

function dropReasonFor(needs: DeliveriesNeeds, phoneNumber: PhoneNumber, provider: string): string | undefined {
  if (needs.testNumbers.has(phoneNumber)) return 'a test number';
  return isFictional(phoneNumber) && provider !== 'console' ? 'a number reserved for fiction' : undefined;
}

/** Polls at intervals, from a random moment on, so that processes do not poll together. Returns the function that stops. */
function repeat(poll: () => Promise<void>): () => void {
  let stopped = false;
  const next = async () => {
    await poll();
    if (!stopped) timer = setTimeout(next, pollIntervalMs).unref();
  };
  let timer = setTimeout(next, Math.random() * pollIntervalMs).unref();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
