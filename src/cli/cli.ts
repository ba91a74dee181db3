import { errorCode, errorMessage } from '../kit/caught.ts';
import { giveWay } from '../kit/give-way.ts';
import { osUserLabel } from '../kit/os-user.ts';
import type { Shutdown } from '../kit/shutdown.ts';
import { parseArguments } from './arguments.ts';
import { commands, usage } from './commands.ts';
import { print, printError } from './print.ts';
import { UsageError } from './usage-error.ts';
import { useDatabase } from './use-database.ts';

/**
 * Runs the command of an operator and resolves with the exit code: 1 if it failed, 2 for a usage error, 130 after a
 * signal. Modules are imported only when a command needs them, since most of its time is loading.
 */
export async function runCli(words: readonly string[], shutdown: Shutdown): Promise<number> {
  try {
    const command = parseArguments(words, new Date(), commands);
    if (command.name === 'help' || !('run' in command)) return print(usage, 0);
    const { loadConfig } = await import('../config/load.ts');
    const read = loadConfig();
    if (!read.ok) return printError(read.problems.join('\n'), 1);
    const { config } = read;
    const output = await command.run({
      config,
      shutdown,
      actor: { kind: 'command_line', id: osUserLabel() },
      withDatabase: (run) => useDatabase(config, shutdown, run),
      createLog: async () => (await import('../kit/logger.ts')).createCommandLogger(),
      giveWay,
    });
    return print(command.json ? (JSON.stringify(output.json, undefined, 2) ?? '') : output.text, output.isGood ? 0 : 1);
  } catch (error) {
    if (shutdown.requested.aborted) return 130;
    if (error instanceof UsageError) return printError(`${error.message}\n\n${usage}`, 2);
    const [message, code] = [errorMessage(error), errorCode(error)];
    return printError(
      code === '42P01' ? 'The database has no tables of this version: start the server first' : message,
      1,
    );
  }
}
