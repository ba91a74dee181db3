import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import type { OpenDatabase } from '../db/open.ts';
import type { Shutdown } from '../kit/shutdown.ts';
import type { Actor } from '../operators/actor.ts';

/** The output of a command, as one JSON document and as text; `isGood` is false if the command failed. */
export interface CommandOutput {
  readonly json: unknown;
  readonly text: string;
  readonly isGood: boolean;
}

/** The environment of a command that has been parsed. */
export interface CommandContext {
  readonly config: Config;
  readonly shutdown: Shutdown;
  /** The user in the operating system, as the author of an act. */
  readonly actor: Actor;
  /** Opens the database, or connects to it, until `run` has ended. */
  withDatabase<T>(run: (db: OpenDatabase) => Promise<T>): Promise<T>;
  /** The log, which is loaded only if a command needs it. */
  createLog(): Promise<Logger>;
  /** Lets other processes have the processor first, for work that nobody waits for. */
  giveWay(): void;
}

/** The arguments of one command: its operands as typed, its options, and the base of durations. */
export interface CommandArguments {
  readonly operands: readonly string[];
  readonly now: Date;
  text(option: string): string | undefined;
  flag(option: string): boolean;
}

/** A word after the name of a command, with an example for its error message. */
export interface Operand {
  readonly noun: string;
  readonly example: string;
}

/** A command whose arguments have been parsed. */
export interface PreparedCommand {
  readonly input: unknown;
  readonly run: (context: CommandContext) => Promise<CommandOutput>;
}

/** A command in the table of its group: `src/cli/commands.ts` has all groups. `--json` belongs to each command. */
export interface Command {
  /** Its lines of the usage text, without `vouch` and without indentation. */
  readonly usage: string;
  readonly operands: readonly Operand[];
  readonly options: Readonly<Record<string, 'string' | 'boolean'>>;
  /** Throws `UsageError` for anything that would be ignored or guessed. */
  readonly prepare: (args: CommandArguments) => PreparedCommand;
}

/** The commands of a group, by their names of one or two words. */
export type CommandGroup = Readonly<Record<string, Command>>;

/**
 * A command of the table. `parse` sees only the arguments; `run` imports its use case, since most of the time of a
 * command is loading.
 */
export function defineCommand<Input>(definition: {
  readonly usage: string;
  readonly operands?: readonly Operand[];
  readonly options?: Command['options'];
  readonly parse: (args: CommandArguments) => Input;
  readonly run: (context: CommandContext, input: Input) => Promise<CommandOutput>;
}): Command {
  const { usage, operands = [], options = {}, parse, run } = definition;
  const prepare = (args: CommandArguments): PreparedCommand => {
    const input = parse(args);
    return { input, run: (context) => run(context, input) };
  };
  return { usage, operands, options, prepare };
}

/** The operand of most commands. */
export const numberOperand: Operand = { noun: 'number', example: '+79161234567' };
