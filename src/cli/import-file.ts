import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { devKey } from '../config/dev-key.ts';
import { openDatabase } from '../db/open.ts';
import { databaseClock } from '../kit/clock.ts';
import { parseRegionCode } from '../kit/phone-number.ts';
import { secretKeys } from '../kit/secret.ts';
import { readDjangoDatabase } from '../transfer/django-store.ts';
import { readRecords } from '../transfer/formats/formats.ts';
import { importPeople } from '../transfer/import-people.ts';
import type { ImportTotals } from '../transfer/import-totals.ts';
import type { ReportLine, SourceRecord } from '../transfer/person.ts';
import type { CommandContext, CommandOutput } from './command.ts';
import { createProgress } from './progress.ts';
import type { ImportArguments } from './transfer-arguments.ts';
import { UsageError } from './usage-error.ts';

/** Imports the people of a file or of the database of the original service, and writes the report. */
export async function importFile(context: CommandContext, input: ImportArguments): Promise<CommandOutput> {
  const { config } = context;
  const region = input.region === undefined ? config.defaultRegion : parseRegionCode(input.region);
  if (region === undefined)
    throw new UsageError(`${input.region} is no country that has telephone numbers. Example: --region RU`);
  const source = await openSource(context, input);
  const log = await context.createLog();
  const report = createWriteStream(input.report, { mode: 0o600 });
  await once(report, 'open');
  const progress = createProgress();
  const startedAt = performance.now();
  try {
    const result = await context.withDatabase((db) => {
      // not before: an embedded PostgreSQL would give way, too
      context.giveWay();
      const keys = secretKeys(config.secretKeys ?? [devKey(config.dataDir)]);
      return importPeople({ ...config, db, log, keys, defaultRegion: region }, context.actor, {
        records: source.records,
        format: input.format,
        isTrial: input.isTrial,
        hasEvents: input.hasEvents,
        onReport: (lines) => writeReport(report, lines),
        onProgress: (totals) => progress.show(source.share(), progressText(totals, startedAt)),
      });
    });
    if (!result.ok) return { json: result.refusal, text: 'The command line may not import.', isGood: false };
    return outputOf(result.totals, input);
  } finally {
    progress.end();
    report.end();
    await source.close();
  }
}

interface Source {
  readonly records: AsyncIterable<SourceRecord>;
  /** The part that has been read; undefined if its size is unknown. */
  share(): number | undefined;
  close(): Promise<void>;
}

async function openSource({ config, shutdown, createLog }: CommandContext, input: ImportArguments): Promise<Source> {
  if (input.format === 'django-database') {
    const log = await createLog();
    const settings = { dataDir: config.dataDir, poolSize: 1, log, clock: databaseClock, shutdown };
    const db = await openDatabase({ databaseUrl: input.source, ...settings });
    return { records: readDjangoDatabase(db.sql), share: () => undefined, close: () => db.close() };
  }
  const { size } = await stat(input.source);
  const stream = createReadStream(input.source);
  return {
    records: readRecords(stream, input.format),
    share: () => (size > 0 ? stream.bytesRead / size : undefined),
    close: async () => void stream.destroy(),
  };
}

async function writeReport(report: NodeJS.WritableStream, lines: readonly ReportLine[]): Promise<void> {
  if (!report.write(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))) await once(report, 'drain');
}

function progressText(totals: ImportTotals, startedAt: number): string {
  const { inserted, updated, unchanged, refused } = totals;
  const count = inserted + updated + unchanged + refused;
  const rate = Math.round((1000 * count) / (performance.now() - startedAt));
  return `${count} people, ${rate} a second, ${refused} refused`;
}

function outputOf(totals: ImportTotals, { isTrial, report }: ImportArguments): CommandOutput {
  const { inserted, updated, unchanged, refused, ignored, tokens, noted } = totals;
  const lines = [
    isTrial ? 'A dry run: nothing was changed. An import would tell the same.' : 'Imported.',
    `  inserted   ${inserted}`,
    `  updated    ${updated}`,
    `  unchanged  ${unchanged}`,
    `  refused    ${refused}`,
    ...(ignored > 0 ? [`  ignored    ${ignored}, which are no people`] : []),
    ...(tokens > 0 ? [`  tokens     ${tokens} go on working`] : []),
    ...(noted > 0 ? [`  noted      ${noted}, of which a part was dealt with otherwise than it is written`] : []),
    `${report} has a line for each record, with the reason.`,
  ];
  return { json: { ...totals, dry_run: isTrial, report }, text: lines.join('\n'), isGood: true };
}
