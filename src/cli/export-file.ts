import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { present } from '../kit/present.ts';
import { exportAll, exportList } from '../transfer/export-list.ts';
import { type ExportList, exportLists } from '../transfer/list.ts';
import type { CommandContext, CommandOutput } from './command.ts';
import { forOutput } from './print.ts';
import { createProgress } from './progress.ts';
import type { ExportAllArguments, ExportArguments } from './transfer-arguments.ts';

/** Writes a list to a new file, which only this user can read, or to standard output. */
export async function exportToFile(context: CommandContext, input: ExportArguments): Promise<CommandOutput> {
  const { output } = input;
  const file = output === undefined ? process.stdout : createWriteStream(output, { mode: 0o600, flags: 'wx' });
  if (output !== undefined) await once(file, 'open');
  const progress = createProgress();
  const log = await context.createLog();
  const write = async (text: string) => {
    const written = output === undefined ? forOutput(text, process.stdout.isTTY) : text;
    if (text !== '' && !file.write(written)) await once(file, 'drain');
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

/** Writes all lists, as they were at the same moment, to files of a new folder, which only this user can read. */
export async function exportToFolder(
  context: CommandContext,
  { folder, format }: ExportAllArguments,
): Promise<CommandOutput> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const progress = createProgress();
  const log = await context.createLog();
  const paths = exportLists.map((list) => [list, join(folder, `${list}.${format}`)] as const);
  const files = new Map(paths.map(([list, path]) => [list, createWriteStream(path, { mode: 0o600, flags: 'wx' })]));
  await Promise.all([...files.values()].map((file) => once(file, 'open')));
  const write = async (list: ExportList, text: string) => {
    const file = present(files.get(list), list);
    if (text !== '' && !file.write(text)) await once(file, 'drain');
  };
  const everything = { format, since: new Date(0), until: new Date(Date.now() + dayMs) };
  const onProgress = (rows: number) => progress.show(undefined, `${rows} rows`);
  const result = await context.withDatabase((db) =>
    exportAll({ db, log }, context.actor, { ...everything, write, onProgress }),
  );
  progress.end();
  await Promise.all([...files.values()].map((file) => finished(file.end())));
  if (!result.ok) return { json: result.refusal, text: 'The command line may not export.', isGood: false };
  const { rows } = result;
  return { json: { folder, rows }, text: `${folder} has ${rows} rows of one moment.`, isGood: true };
}

/** Rows of clocks that are ahead are exported, too. */
const dayMs = 86_400_000;
