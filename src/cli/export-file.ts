import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { exportList } from '../transfer/export-list.ts';
import type { CommandContext, CommandOutput } from './command.ts';
import { createProgress } from './progress.ts';
import type { ExportArguments } from './transfer-arguments.ts';

/** Writes a list to a new file, which only this user can read, or to standard output. */
export async function exportToFile(context: CommandContext, input: ExportArguments): Promise<CommandOutput> {
  const { output } = input;
  const file = output === undefined ? process.stdout : createWriteStream(output, { mode: 0o600, flags: 'wx' });
  if (output !== undefined) await once(file, 'open');
  const progress = createProgress();
  const log = await context.createLog();
  const write = async (text: string) => {
    if (text !== '' && !file.write(text)) await once(file, 'drain');
  };
  const result = await context.withDatabase((db) =>
    exportList({ db, log }, context.actor, {
      ...input,
      write,
      onProgress: (rows) => output !== undefined && progress.show(undefined, `${rows} rows`),
    }),
  );
  progress.end();
  if (!result.ok) return { json: result.refusal, text: 'The command line may not export.', isGood: false };
  if (output === undefined) return { json: undefined, text: '', isGood: true };
  file.end();
  await once(file, 'finish');
  const { rows } = result;
  return { json: { output, rows }, text: `${output} has ${rows} rows.`, isGood: true };
}
