import type { Database } from '../db/database.ts';
import type { Log } from '../kit/log.ts';
import { countryOf, type PhoneNumber } from '../kit/phone-number.ts';
import { random } from '../kit/random.ts';
import { Switchboard } from '../routing/circuit-breakers.ts';
import { Observations } from '../routing/route-ranking.ts';
import { inTurn, ofOneChannel, type Route, routesTo } from '../routing/routes.ts';
import type { Channel, Provider, Receipt, RouteRule } from '../sms/provider.ts';
import { isFictional } from '../sms/reserved.ts';
import { countOver } from './counting.ts';
import { type Ordered, type Planned, prefixOf, type Reached } from './delivery.ts';
import { messageState } from './message-state.ts';
import { Desk, type DeskNeeds } from './sender.ts';
import { recordEarlyReceipts, recordReceipts, type Told, takeOver } from './store.ts';

/** The dependencies of deliveries. */
export interface DeliveriesNeeds extends Omit<DeskNeeds, 'switchboard'> {
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
  busy(planned: Pick<Planned, 'provider'>): number | undefined;
  /** The record of a message, for the statement that decides on it. */
  plan(phoneNumber: PhoneNumber): Omit<Planned, 'language' | 'clientNetwork'> & {
    /** The price of a message to the country by its dearest route, in millionths, if known. */
    readonly price: bigint | undefined;
  };
  /** Sends a recorded message, unless it was dropped, and returns at once how it reaches the person. */
  send(ordered: Ordered, dropped?: string): Reached;
  /** The time of the database, and the state of a message; see `messageState`. */
  state(id: string | undefined): ReturnType<typeof messageState>;
  /** Records the receipts of a provider. */
  receipts(provider: string, receipts: readonly Receipt[]): Promise<void>;
  /** Returns a provider, for its callbacks. */
  provider(name: string): Provider | undefined;
  readonly load: Desk['load'];
  /** Takes over abandoned messages and observes providers; runs each second once `watch` was called. */
  look(): Promise<void>;
  watch(): void;
  /** Ends the messages in flight, or cuts them off after `ms`. */
  close(ms: number): Promise<void>;
}

const lookEveryMs = 1000;
/** A person does not wait any longer. */
const longestWaitMs = 60_000;
const takenOverAtOnce = 50;

/** Creates the deliveries. Nothing runs by itself before `watch`. */
export function openDeliveries(needs: DeliveriesNeeds): Deliveries {
  const { db, log, providers, rules, metrics } = needs;
  const switchboard = new Switchboard({ db, log });
  const desk = new Desk({ ...needs, switchboard });
  const observations = new Observations(db, needs);
  const telling = [...providers.values()].filter((one) => one.callback || one.onReceipt).map(({ name }) => name);
  const channelOf = (name: string): Channel => providers.get(name)?.channel ?? 'sms';
  let watching: NodeJS.Timeout | undefined;
  let closed = false;

  for (const provider of providers.values()) {
    provider.onReceipt?.((receipt) => {
      receipts(provider.name, [receipt]).catch((fault: Error) =>
        log.warn({ provider: provider.name, fault: fault.message }, 'a receipt was not recorded'),
      );
    });
  }

  async function receipts(provider: string, some: readonly Receipt[]): Promise<void> {
    count(provider, await recordReceipts(db, provider, some));
  }

  function count(provider: string, told: readonly Told[]): void {
    for (const { state, seconds } of told) metrics.receipt(provider, state, seconds);
  }

  function turn(country: string, tried: readonly string[]): Route[] {
    const routes = routesTo(country, rules, channelOf);
    const order = observations.ordered(country, routes, tried.length > 0);
    return inTurn(order, tried, (provider) => switchboard.isLeftAlone(provider));
  }

  function send(ordered: Ordered, dropped?: string): Reached {
    const routes = turn(ordered.country, ordered.tried);
    const first = routes[0]!;
    if (dropped === undefined) desk.send(ordered, ofOneChannel(routes));
    else metrics.delivered({ country: ordered.country, ...first }, 'dropped');
    observations.used(ordered.country, routes);
    const after = turn(ordered.country, [...ordered.tried, first.provider])[0]!;
    return { channel: first.channel, next: after.channel };
  }

  async function look(): Promise<void> {
    if (desk.load.waiting === 0) {
      const { left, over } = await takeOver(db, takenOverAtOnce);
      countOver(metrics, over);
      for (const ordered of left) send(ordered);
    }
    await switchboard.look();
    for (const provider of telling) count(provider, await recordEarlyReceipts(db, provider));
    await observations.look();
  }

  return {
    get load() {
      return desk.load;
    },
    busy({ provider }) {
      const wait = desk.waitMs(provider);
      return wait > longestWaitMs ? Math.ceil((wait - longestWaitMs) / 1000) + 1 : undefined;
    },
    plan(phoneNumber) {
      const { region, callingCode } = countryOf(phoneNumber);
      const routes = routesTo(region, rules, channelOf);
      const { provider, channel } = routes[0]!;
      const prices = routes.flatMap((route) => needs.priceOf(route.provider, region)?.price ?? []);
      const dropped = needs.testNumbers.has(phoneNumber)
        ? 'a test number'
        : isFictional(phoneNumber) && provider !== 'console'
          ? 'a number reserved for fiction'
          : undefined;
      return {
        id: random.id(),
        phoneNumber,
        country: region,
        prefix: prefixOf(phoneNumber, callingCode),
        provider,
        channel,
        dropped,
        price: prices.reduce<bigint | undefined>(
          (most, price) => (most !== undefined && most > price ? most : price),
          undefined,
        ),
      };
    },
    send,
    state: (id) => messageState(db, id),
    receipts,
    provider: (name) => providers.get(name),
    look,
    watch() {
      const next = async () => {
        await look().catch((fault: Error) => log.debug({ fault: fault.message }, 'deliveries will be looked at again'));
        if (!closed) watching = setTimeout(next, lookEveryMs).unref();
      };
      watching = setTimeout(next, Math.random() * lookEveryMs).unref();
    },
    async close(ms) {
      closed = true;
      clearTimeout(watching);
      await desk.close(ms);
      await Promise.all([...providers.values()].map((provider) => provider.close()));
    },
  };
}
