import { parseArgs } from 'node:util';
import { errorMessage } from '../kit/caught.ts';
import { editDistance } from '../kit/edit-distance.ts';
import type { Command, CommandGroup, Operand, PreparedCommand } from './command.ts';
import { UsageError } from './usage-error.ts';

/** A parsed command. A number is as typed; a country and a provider are not validated yet. */
export type ParsedCommand =
  | { readonly name: 'help'; readonly json: false }
  | ({ readonly name: string; readonly json: boolean } & PreparedCommand);

/**
 * Parses the arguments; `now` is the base of durations. Throws `UsageError` for anything that would be ignored or
 * guessed.
 */
export function parseArguments(words: readonly string[], now: Date, commands: CommandGroup): ParsedCommand {
  const { positionals, tokens, ...read } = parsed(words, commands);
  const values: Readonly<Record<string, unknown>> = read.values;
  if (values.help) return { name: 'help', json: false };
  const present = tokens.flatMap((token) => (token.kind === 'option' ? [token.name] : []));
  const repeated = present.find((name, index) => present.indexOf(name) !== index);
  if (repeated) throw new UsageError(`--${repeated} is given twice`);
  if (positionals.length === 0) throw new UsageError('A command is missing');
  const [name, command, operands] = commandIn(positionals, commands);
  const foreign = present.find((option) => option !== 'json' && !Object.hasOwn(command.options, option));
  if (foreign) throw new UsageError(`vouch ${name} takes no --${foreign}`);
  checkOperands(name, command, operands);
  const text = (option: string) => textIn(values[option]);
  const flag = (option: string) => values[option] === true;
  return { name, json: flag('json'), ...command.prepare({ operands, now, text, flag }) };
}

/** The word that was meant; throws `UsageError` with the nearest one. */
export function oneOfWords<Word extends string>(option: string, value: string, words: readonly Word[]): Word {
  const found = words.find((word) => word === value);
  if (found !== undefined) return found;
  const nearest = words.toSorted(
    (a, b) => editDistance(value.toLowerCase(), a) - editDistance(value.toLowerCase(), b),
  )[0];
  throw new UsageError(`${value} is no ${option}: one of ${words.join(', ')}. The nearest is ${nearest}`);
}

/** A whole number of an option, from 1 to `max`; throws `UsageError`. */
export function parseCount(option: string, text: string, max: number): number {
  if (/^[1-9]\d{0,6}$/.test(text) && Number(text) <= max) return Number(text);
  throw new UsageError(`--${option} has to be a whole number from 1 to ${max}, not ${text}. Example: --${option} 100`);
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function parsed(words: readonly string[], commands: CommandGroup) {
  const all = Object.values(commands).flatMap(({ options }) => Object.entries(options));
  const options = {
    ...Object.fromEntries(all.map(([name, type]) => [name, { type }])),
    json: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  } as const;
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true, tokens: true });
  } catch (error) {
    throw new UsageError(errorMessage(error));
  }
}

/** The command whose name the first two words are, or the first one, and the words after it. */
function commandIn(
  positionals: readonly string[],
  commands: CommandGroup,
): [name: string, command: Command, operands: readonly string[]] {
  for (const length of [2, 1]) {
    const name = positionals.slice(0, length).join(' ');
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (command && name.split(' ').length === length) return [name, command, positionals.slice(length)];
  }
  throw new UsageError(`There is no command ${positionals.join(' ')}`);
}

function checkOperands(name: string, command: Command, given: readonly string[]): void {
  const { operands } = command;
  const missing = operands.findIndex((_, index) => given[index] === undefined || given[index] === '');
  const examples = operands.map(({ example }) => example).join(' ');
  if (missing !== -1)
    throw new UsageError(`A ${operands[missing]?.noun} is missing. Example: vouch ${name} ${examples}`);
  if (given.length <= operands.length) return;
  if (operands.length === 0) throw new UsageError(`vouch ${name} takes no ${given[0]}`);
  throw new UsageError(
    `vouch ${name} takes ${nounsOf(operands)}; with spaces it stands in quotation marks: "${given.slice(operands.length - 1).join(' ')}"`,
  );
}

function nounsOf(operands: readonly Operand[]): string {
  return operands.map(({ noun }) => `one ${noun}`).join(' and ');
}
