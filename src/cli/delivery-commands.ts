import { oneOfWords, parseCount } from './arguments.ts';
import {
  type CommandArguments,
  type CommandContext,
  type CommandGroup,
  type CommandOutput,
  defineCommand,
} from './command.ts';
import { parseTime } from './time.ts';
import { UsageError } from './usage-error.ts';

/** The commands about messages and routes. */
export const deliveryCommands: CommandGroup = {
  deliveries: defineCommand({
    usage: `deliveries             what was sent, newest first, numbers masked
    --since 24h  --until …   a duration (30m, 24h, 7d) before now, or a time (2026-01-31T12:00Z)
    --country RU  --provider smsc  --state failed  --limit 100
    --totals                 instead: totals, completion and spend by country, provider and hour`,
    options: {
      since: 'string',
      until: 'string',
      country: 'string',
      provider: 'string',
      state: 'string',
      limit: 'string',
      totals: 'boolean',
    },
    parse: parseDeliveries,
    run: listDeliveries,
  }),
  providers: defineCommand({
    usage: 'providers              the state of each route, and why',
    parse: () => ({}),
    run: async ({ config, withDatabase }) => {
      const { providers } = await import('./operations.ts');
      return withDatabase((db) => providers(db, config.sms.routes, new Date()));
    },
  }),
  limits: defineCommand({
    usage: 'limits                 what was sent today (UTC), and what SMS_DAILY_MAX allows',
    parse: () => ({}),
    run: async ({ config, withDatabase }) => {
      const { daily } = await import('./daily.ts');
      return withDatabase((db) => daily(db, config.sms.dailyMax));
    },
  }),
};

/** The filters of a listing. */
export interface DeliveriesInput {
  readonly since: Date;
  readonly until: Date;
  readonly country: string | undefined;
  readonly provider: string | undefined;
  readonly state: string | undefined;
  readonly limit: number;
  readonly totals: boolean;
}

/** The states of a delivery. */
const states = ['waiting', 'sending', 'accepted', 'delivered', 'failed', 'unknown', 'dropped'];

function parseDeliveries({ text, flag, now }: CommandArguments): DeliveriesInput {
  const [until, limit, state, country] = [text('until'), text('limit'), text('state'), text('country')];
  const input = {
    since: parseTime('since', text('since') ?? '24h', now),
    until: until === undefined ? now : parseTime('until', until, now),
    totals: flag('totals'),
  };
  if (input.since >= input.until) {
    throw new UsageError(
      `--since (${input.since.toISOString()}) has to be before --until (${input.until.toISOString()})`,
    );
  }
  if (input.totals && limit !== undefined)
    throw new UsageError('--limit and --totals are not for one listing: totals are of all');
  const max = limit === undefined ? 100 : parseCount('limit', limit, 1_000_000);
  if (state !== undefined) oneOfWords('state', state, states);
  if (country !== undefined && !/^([A-Z]{2}|001)$/.test(country)) {
    throw new UsageError(
      `${country} is no country: two capital letters (ISO 3166-1), or 001 for numbers of no country. Example: --country RU`,
    );
  }
  return { ...input, country, provider: text('provider'), state, limit: max };
}

async function listDeliveries({ withDatabase }: CommandContext, input: DeliveriesInput): Promise<CommandOutput> {
  const { list, summarize } = await import('./operations.ts');
  const { providerVariables } = await import('../config/provider-variables.ts');
  if (input.provider !== undefined) oneOfWords('provider', input.provider, Object.keys(providerVariables));
  if (input.country !== undefined && input.country !== '001') await refuseUnknownCountry(input.country);
  const progress = (count: number) => {
    if (process.stderr.isTTY && input.limit > 1000) process.stderr.write(`\r${count} read`);
  };
  return withDatabase((db) => (input.totals ? summarize(db, input) : list(db, input, input.limit, progress)));
}

async function refuseUnknownCountry(country: string): Promise<void> {
  const { parseRegionCode: readRegionCode } = await import('../kit/phone-number.ts');
  if (!readRegionCode(country))
    throw new UsageError(`${country} is no country that has telephone numbers. Example: --country RU`);
}
