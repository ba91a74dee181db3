import type { Database } from '../db/database.ts';
import { maskPhoneNumber, type PhoneNumber } from '../kit/phone-number.ts';
import { printable } from '../kit/printable.ts';
import { random } from '../kit/random.ts';
import { formatMicros, formatTime } from '../people/format.ts';
import { type DeliveryRow, type Filter, findPage, totals } from '../people/message-store.ts';
import type { NumberStory } from '../people/number-story.ts';
import { tellPlainStory } from '../people/tell-story.ts';
import { readBreakers } from '../routing/breaker-store.ts';
import { isSuspectedAmong } from '../routing/route-ranking.ts';
import { readRouteStats } from '../routing/route-stats.ts';
import type { Provider, RouteRule } from '../sms/provider.ts';
import type { CommandOutput } from './command.ts';
import { formatTable } from './table.ts';

/** The history of a number. */
export function trace(story: NumberStory): CommandOutput {
  const { phoneNumber, person, blocks } = story;
  const { reasons, events, limits } = tellPlainStory(story);
  const known = person ? `has an account since ${formatTime(person.created_at)}` : 'has no account';
  const text = [
    `${phoneNumber} ${known}`,
    ...reasons.map((reason) => printable(reason)),
    '',
    ...(events.length > 0
      ? events.map(({ at, what }) => `${formatTime(at)}  ${printable(what)}`)
      : [
          'Nothing is known about it: it never requested a code, the records have expired, or its account was deleted.',
        ]),
    ...(limits.length > 0 ? ['', 'Now:', ...limits.map((line) => `  ${printable(line)}`)] : []),
  ].join('\n');
  const json = {
    phone_number: phoneNumber,
    account_since: person?.created_at ?? null,
    reasons,
    story: events,
    limits,
    person: person ?? null,
    devices: story.devices,
    blocks,
    refusals: story.refusals,
    audit: story.audit,
    deliveries: story.messages.map(({ phone_number: _, ...row }) => row),
  };
  return { json, text, isGood: true };
}

const pageSize = 500;

/** Deliveries, newest first, with masked numbers; `progress` gets the number of rows read so far. */
export async function list(
  db: Database,
  filter: Filter,
  max: number,
  progress: (read: number) => void,
): Promise<CommandOutput> {
  const deliveries: DeliveryRow[] = [];
  while (deliveries.length < max) {
    const rows = await findPage(db, filter, deliveries.at(-1), Math.min(pageSize, max - deliveries.length));
    deliveries.push(...rows);
    progress(deliveries.length);
    if (rows.length < pageSize) break;
  }
  const json = deliveries.map(({ phone_number, ...row }) => ({ ...row, phone_number: masked(phone_number) }));
  const lines = deliveries.map((row) => ({
    asked: formatTime(row.requested_at),
    number: masked(row.phone_number) ?? '(erased)',
    country: row.country,
    provider: row.provider,
    channel: row.channel,
    state: row.state,
    completed: row.completed_at ? 'yes' : '',
    reason: row.reason ?? '',
  }));
  return { json, text: lines.length === 0 ? 'No message in that time.' : formatTable(lines), isGood: true };
}

/** Totals by country and provider, and by hour. */
export async function summarize(db: Database, filter: Filter): Promise<CommandOutput> {
  const [routes, hours] = await Promise.all([totals(db, filter, 'route'), totals(db, filter, 'hour')]);
  const line = (total: (typeof routes)[number]) => ({
    ...(total.hour ? { hour: formatTime(total.hour).slice(0, 16) } : {}),
    country: total.country,
    provider: total.provider,
    sends: total.sends,
    accepted: total.accepted,
    delivered: total.delivered,
    failed: total.failed,
    unknown: total.unknown,
    dropped: total.dropped,
    completed: total.completed,
    'completed, %': total.sends > 0 ? Math.round((100 * total.completed) / total.sends) : 0,
    spend: total.currency ? `${formatMicros(total.spend)} ${total.currency}` : '',
    'a sign-in':
      total.currency && total.completed > 0
        ? `${formatMicros(BigInt(total.spend) / BigInt(total.completed))} ${total.currency}`
        : '',
  });
  const text = [formatTable(routes.map(line)), '', 'By the hour:', formatTable(hours.map(line))].join('\n');
  const toOutput = (total: (typeof routes)[number]) => ({ ...total, spend: formatMicros(total.spend) });
  const json = { by_route: routes.map(toOutput), by_hour: hours.map(toOutput) };
  return { json, text: routes.length === 0 ? 'No message in that time.' : text, isGood: true };
}

/** The state of each route, and the reason for it. */
export async function providers(db: Database, rules: readonly RouteRule[], now: Date): Promise<CommandOutput> {
  const hour = { since: new Date(now.getTime() - 3_600_000), until: now };
  const [breakers, sums] = await Promise.all([readBreakers(db), totals(db, hour, 'route')]);
  const countries = (rule: RouteRule) =>
    rule.country === '*'
      ? sums.filter(({ country }) => rules.every((other) => other.country !== country)).map(({ country }) => country)
      : [rule.country];
  const listedRoutes = rules.flatMap((rule) =>
    [...new Set(countries(rule))].flatMap((country) => rule.providers.map((provider) => ({ provider, country }))),
  );
  const observed = listedRoutes.length > 0 ? await readRouteStats(db, listedRoutes) : [];
  const routes = rules.flatMap((rule) =>
    rule.providers.map((provider, index) => {
      const breaker = breakers.find((breaker) => breaker.provider === provider);
      const silent = observed.filter(
        (stats) =>
          stats.provider === provider && countries(rule).includes(stats.country) && isSuspectedAmong(stats, observed),
      );
      const matching = sums.filter((stats) => stats.provider === provider && countries(rule).includes(stats.country));
      const sum = (member: 'sends' | 'completed') => matching.reduce((all, stats) => all + stats[member], 0);
      return {
        country: rule.country,
        order: index + 1,
        provider,
        'sends, 1 h': sum('sends'),
        'completed, 1 h': sum('completed'),
        state: stateOf(
          breaker,
          silent.map(({ country }) => country),
        ),
      };
    }),
  );
  return { json: routes, text: formatTable(routes), isGood: true };
}

function stateOf(
  breaker: Awaited<ReturnType<typeof readBreakers>>[number] | undefined,
  silent: readonly string[],
): string {
  const state = {
    open: () => `circuit open: ${breaker?.reason}`,
    'half-open': () => `half-open, after: ${breaker?.reason}`,
    closed: () => `failed ${breaker?.failures} times in a row: ${breaker?.reason}`,
  };
  const text = breaker ? state[breaker.state]() : 'healthy';
  return silent.length > 0 ? `${text}; accepts messages but seems not to deliver them to ${silent.join(', ')}` : text;
}

const sendTimeoutMs = 8000;

/** Sends one real message by one provider; its code signs nobody in. It is not recorded as a delivery. */
export async function testSms(provider: Provider, phoneNumber: PhoneNumber): Promise<CommandOutput> {
  const code = '000000';
  const message = {
    id: random.id(),
    to: phoneNumber,
    code,
    text: `Test of Vouch: ${code}`,
    language: 'en',
    expiresIn: 300,
  } as const;
  const startedAt = performance.now();
  const sent = await provider.send(message, AbortSignal.timeout(sendTimeoutMs));
  const ms = Math.round(performance.now() - startedAt);
  const text = sent.ok
    ? `${provider.name} accepted it after ${ms} ms${sent.reference ? `, as ${sent.reference}` : ''}`
    : `${provider.name} did not accept it after ${ms} ms (${sent.error}): ${sent.reason}`;
  return { json: { provider: provider.name, ...sent, ms }, text: printable(text), isGood: sent.ok };
}

function masked(phoneNumber: PhoneNumber | null): string | null {
  return phoneNumber && maskPhoneNumber(phoneNumber);
}
