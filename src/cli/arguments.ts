import { parseArgs } from 'node:util';
import { errorMessage } from '../kit/caught.ts';
import { editDistance } from '../kit/edit-distance.ts';
import { parseTime } from './time.ts';
import { UsageError } from './usage-error.ts';

/** A parsed command. A number is as typed; a country and a provider are not validated yet. */
export type Command = { readonly json: boolean } & (
  | { readonly name: 'help' }
  | { readonly name: 'trace'; readonly typed: string }
  | { readonly name: 'unlock'; readonly typed: string }
  | { readonly name: 'providers' }
  | { readonly name: 'limits' }
  | { readonly name: 'sms test'; readonly typed: string; readonly provider: string | undefined }
  | ({ readonly name: 'deliveries' } & DeliveriesOptions)
  | { readonly name: 'backup'; readonly folder: string }
  | { readonly name: 'restore'; readonly folder: string }
);

/** The filters of a listing. */
export interface DeliveriesOptions {
  readonly since: Date;
  readonly until: Date;
  readonly country: string | undefined;
  readonly provider: string | undefined;
  readonly state: string | undefined;
  readonly limit: number;
  readonly totals: boolean;
}

const options = {
  since: { type: 'string' },
  until: { type: 'string' },
  country: { type: 'string' },
  provider: { type: 'string' },
  state: { type: 'string' },
  limit: { type: 'string' },
  totals: { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

type Option = keyof typeof options;

/** The arguments of each command: its options, and one number, one folder or nothing after its name. */
const commands = {
  trace: { options: ['json'], takes: 'number' },
  unlock: { options: ['json'], takes: 'number' },
  deliveries: {
    options: ['since', 'until', 'country', 'provider', 'state', 'limit', 'totals', 'json'],
    takes: undefined,
  },
  providers: { options: ['json'], takes: undefined },
  limits: { options: ['json'], takes: undefined },
  'sms test': { options: ['provider', 'json'], takes: 'number' },
  backup: { options: ['json'], takes: 'folder' },
  restore: { options: ['json'], takes: 'folder' },
} satisfies Record<string, { options: Option[]; takes: 'number' | 'folder' | undefined }>;

/** The states of a delivery. */
const states = ['waiting', 'sending', 'accepted', 'delivered', 'failed', 'unknown', 'dropped'];

/**
 * Parses the arguments; `now` is the base of durations. Throws `UsageError` for anything that would be ignored or
 * guessed.
 */
export function parseArguments(words: readonly string[], now: Date): Command {
  const { values, positionals, tokens } = parsed(words);
  if (values.help) return { name: 'help', json: false };
  const present = tokens.flatMap((token) => (token.kind === 'option' ? [token.name] : []));
  const repeated = present.find((name, index) => present.indexOf(name) !== index);
  if (repeated) throw new UsageError(`--${repeated} is given twice`);
  if (positionals.length === 0) throw new UsageError('A command is missing');
  const [name, rest] = commandIn(positionals);
  const allowed: readonly Option[] = commands[name].options;
  const foreign = present.find((option) => !allowed.includes(option));
  if (foreign) throw new UsageError(`vouch ${name} takes no --${foreign}`);
  const [operand, ...extra] = rest;
  const { takes } = commands[name];
  if (!takes && operand !== undefined) throw new UsageError(`vouch ${name} takes no ${operand}`);
  if (extra.length > 0) {
    throw new UsageError(
      `vouch ${name} takes one ${takes}; with spaces it stands in quotation marks: "${rest.join(' ')}"`,
    );
  }
  const json = values.json === true;
  if (name === 'deliveries') return { name, json, ...deliveriesOptions(values, now) };
  if (name === 'providers' || name === 'limits') return { name, json };
  if (name === 'backup' || name === 'restore') {
    if (!operand) throw new UsageError(`A folder is missing. Example: vouch ${name} /var/backups/vouch`);
    return { name, json, folder: operand };
  }
  if (operand === undefined) throw new UsageError(`A number is missing. Example: vouch ${name} +79161234567`);
  return name === 'sms test'
    ? { name, json, typed: operand, provider: values.provider }
    : { name, json, typed: operand };
}

/** The word that was meant; throws `UsageError` with the nearest one. */
export function oneOfWords(option: string, value: string, words: readonly string[]): string {
  if (words.includes(value)) return value;
  const nearest = words.toSorted(
    (a, b) => editDistance(value.toLowerCase(), a) - editDistance(value.toLowerCase(), b),
  )[0];
  throw new UsageError(`${value} is no ${option}: one of ${words.join(', ')}. The nearest is ${nearest}`);
}

function parsed(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true, tokens: true });
  } catch (error) {
    throw new UsageError(errorMessage(error));
  }
}

function isCommand(word: string): word is keyof typeof commands {
  return Object.hasOwn(commands, word);
}

function commandIn(positionals: readonly string[]): [name: keyof typeof commands, rest: readonly string[]] {
  const [first = '', second, ...further] = positionals;
  if (first === 'sms' && second === 'test') return ['sms test', further];
  if (first !== 'sms test' && isCommand(first)) return [first, positionals.slice(1)];
  throw new UsageError(`There is no command ${positionals.join(' ')}`);
}

function deliveriesOptions(values: ReturnType<typeof parsed>['values'], now: Date): DeliveriesOptions {
  const { country, provider, state, limit, totals = false } = values;
  const since = parseTime('since', values.since ?? '24h', now);
  const until = values.until === undefined ? now : parseTime('until', values.until, now);
  if (since >= until) {
    throw new UsageError(`--since (${since.toISOString()}) has to be before --until (${until.toISOString()})`);
  }
  if (totals && limit !== undefined)
    throw new UsageError('--limit and --totals are not for one listing: totals are of all');
  if (limit !== undefined && (!/^[1-9]\d{0,6}$/.test(limit) || Number(limit) > 1_000_000)) {
    throw new UsageError(`--limit has to be a whole number from 1 to 1000000, not ${limit}. Example: --limit 100`);
  }
  if (state !== undefined) oneOfWords('state', state, states);
  if (country !== undefined && !/^([A-Z]{2}|001)$/.test(country)) {
    throw new UsageError(
      `${country} is no country: two capital letters (ISO 3166-1), or 001 for numbers of no country. Example: --country RU`,
    );
  }
  return { since, until, country, provider, state, limit: Number(limit ?? 100), totals };
}
