import {
  Counter,
  collectDefaultMetrics,
  Histogram,
  type MetricObjectWithValues,
  type MetricValue,
  Registry,
} from 'prom-client';
import { dailyLabels, type Metrics } from './metrics.ts';

/** The metrics of one process at one moment, for another process. */
export type Snapshot = readonly MetricObjectWithValues<MetricValue<string>>[];

/** The metrics of this process. */
export interface MetricsRegistry extends Metrics {
  snapshot(): Promise<Snapshot>;
}

/** The maximum number of providers with a label of their own. */
const maxProviders = 40;
const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const millionths = 1_000_000;

/** Creates the counters of this process, with those of Node.js. They start at zero and only grow. */
export function createMetrics(): MetricsRegistry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  // without a measurement since the last scrape its value is 292 years
  registry.removeSingleMetric('nodejs_eventloop_lag_min_seconds');
  const factory = createFactory(registry);
  return {
    snapshot: async () => (await registry.getMetricsAsJSON()).map(withoutNaN),
    ...countDeliveries(factory),
    ...countSignIns(factory),
    ...countRequests(factory),
  };
}

type MetricFactory = ReturnType<typeof createFactory>;

function createFactory(registry: Registry) {
  const registers = [registry];
  return {
    counter: <L extends string>(name: string, help: string, labelNames: L[]) =>
      new Counter({ name, help, labelNames, registers }),
    histogram: <L extends string>(name: string, help: string, labelNames: L[], buckets: number[]) =>
      new Histogram({ name, help, labelNames, buckets, registers }),
  };
}

type DeliveryMetrics = Pick<Metrics, 'delivered' | 'spent' | 'receipt' | 'completed'>;

function countDeliveries(factory: MetricFactory): DeliveryMetrics {
  const { deliveries, spend, receipts, receiptSeconds, completions, completionSeconds } = deliveryCounters(factory);
  const known = new Set<string>();
  const providerOf = (name: string): string => {
    if (known.size < maxProviders) known.add(name);
    return known.has(name) ? name : 'other';
  };
  return {
    delivered: ({ country, channel, provider }, result) =>
      deliveries.inc({ country: countryOf(country), channel, provider: providerOf(provider), result }),
    spent: ({ country, provider }, price, currency) =>
      spend.inc({ provider: providerOf(provider), country: countryOf(country), currency }, Number(price) / millionths),
    receipt(name, state, seconds) {
      const provider = providerOf(name);
      receipts.inc({ provider, state });
      if (state === 'delivered' && seconds !== null) receiptSeconds.observe({ provider }, Math.max(0, seconds));
    },
    completed({ country, channel, provider: name }, seconds) {
      const provider = providerOf(name);
      completions.inc({ country: countryOf(country), channel, provider });
      if (seconds !== null) completionSeconds.observe({ provider }, Math.max(0, seconds));
    },
  };
}

function countryOf(name: string): string {
  return /^[A-Z]{2}$/.test(name) ? name : 'other';
}

function deliveryCounters({ counter, histogram }: MetricFactory) {
  return {
    deliveries: counter('vouch_delivery_attempts_total', 'Attempts to send a message, by result.', [
      'country',
      'channel',
      'provider',
      'result',
    ]),
    spend: counter('vouch_spend_total', 'Prices of accepted messages by SMS_PRICES, in units of the currency.', [
      'provider',
      'country',
      'currency',
    ]),
    receipts: counter('vouch_delivery_receipts_total', 'Delivery receipts of providers; a repeated one counts once.', [
      'provider',
      'state',
    ]),
    receiptSeconds: histogram(
      'vouch_delivery_receipt_delay_seconds',
      'Time from the start of an attempt to the receipt of its delivery.',
      ['provider'],
      [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 3600],
    ),
    completions: counter('vouch_delivery_completions_total', 'Messages whose code was entered.', [
      'country',
      'channel',
      'provider',
    ]),
    completionSeconds: histogram(
      'vouch_delivery_completion_delay_seconds',
      'Time from the start of an attempt to the entry of its code.',
      ['provider'],
      [2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600],
    ),
  };
}

type SignInMetrics = Pick<Metrics, 'testNumberRequested' | 'numberRefused' | 'dailyMaxReached' | 'signedIn'>;

function countSignIns({ counter }: MetricFactory): SignInMetrics {
  const signIns = counter('vouch_sign_ins_total', 'Completed sign-ins, of new and existing accounts.', ['account']);
  const testSignIns = counter('vouch_test_number_sign_ins_total', 'Completed sign-ins of TEST_NUMBERS.', []);
  const testRequests = counter('vouch_test_number_requests_total', 'Requests for codes of TEST_NUMBERS.', ['result']);
  const numbersRefused = counter('vouch_phone_numbers_refused_total', 'Refused phone numbers, by reason.', [
    'reason',
    'country',
  ]);
  const dailyMax = counter(
    'vouch_daily_max_refusals_total',
    'Messages refused by SMS_DAILY_MAX, or (unit failed_guesses) by too many wrong codes.',
    ['unit', 'country'],
  );
  return {
    testNumberRequested: (result) => testRequests.inc({ result }),
    numberRefused: (code, country) =>
      numbersRefused.inc({ reason: code, country: country === undefined ? '' : countryOf(country) }),
    dailyMaxReached: (scope) => dailyMax.inc(dailyLabels(scope)),
    signedIn(account, isTestNumber) {
      signIns.inc({ account });
      if (isTestNumber) testSignIns.inc();
    },
  };
}

function countRequests({ counter, histogram }: MetricFactory): Pick<Metrics, 'answered' | 'refused' | 'profilesRead'> {
  const requests = histogram(
    'vouch_http_request_duration_seconds',
    'Time from the head of a request to the end of its response.',
    ['method', 'route', 'status'],
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  );
  const profiles = counter('vouch_profile_reads_total', 'Profiles read by the API, by the kind of server.', ['server']);
  const refused = counter('vouch_overload_refusals_total', 'Requests refused with 503 under overload.', []);
  return {
    answered({ method, route, status, seconds }) {
      const methodLabel = route === undefined || !methods.has(method) ? 'other' : method;
      requests.observe(
        { method: methodLabel, route: route ?? 'none', status: `${Math.floor(status / 100)}xx` },
        seconds,
      );
    },
    refused: () => refused.inc(),
    profilesRead: (server, count) => profiles.inc({ server }, count),
  };
}

/** Removes values without a measurement: the client writes `Nan`, which the format does not have. */
function withoutNaN(metric: Snapshot[number]): Snapshot[number] {
  return { ...metric, values: metric.values.filter(({ value }) => !Number.isNaN(value)) };
}
