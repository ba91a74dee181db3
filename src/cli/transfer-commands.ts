import { formats } from '../transfer/formats/formats.ts';
import { type ExportList, exportLists } from '../transfer/list.ts';
import { oneOfWords } from './arguments.ts';
import { type CommandArguments, type CommandGroup, defineCommand } from './command.ts';
import { parseTime } from './time.ts';
import type { ExportAllArguments, ExportArguments, ImportArguments } from './transfer-arguments.ts';
import { UsageError } from './usage-error.ts';

const listTexts: Readonly<Record<ExportList, string>> = {
  users: `export users            all people as they are at this moment, numbers in clear
    --output <file>          instead of standard output; a file that is there is not overwritten
    --format csv             a table instead of NDJSON`,
  messages: `export messages         all messages; with --since and --until those of a time`,
  audit: `export audit            the audit trail, likewise`,
};

/** The commands that bring people from an earlier system, and take rows out. */
export const transferCommands: CommandGroup = {
  'import users': defineCommand({
    usage: `import users <file>     brings the people of an earlier system; again, it changes only what differs
    --format ndjson          csv, django, firebase, supabase, clerk or auth0; or the URL of Django's PostgreSQL as <file>
    --region RU              the country of numbers without one; DEFAULT_REGION otherwise
    --report <file>          a line for each record, with the reason; <file>.report.ndjson otherwise
    --with-events            each new person makes user.created for webhooks; otherwise an import makes no event
    --dry-run                tells the same and changes nothing`,
    operands: [{ noun: 'file', example: 'users.ndjson' }],
    options: { format: 'string', region: 'string', report: 'string', 'with-events': 'boolean', 'dry-run': 'boolean' },
    parse: parseImport,
    run: async (context, input) => (await import('./import-file.ts')).importFile(context, input),
  }),
  'export all': defineCommand({
    usage: `export all             people, messages and audit trail as they are at one moment, a file each
    --into <folder>          files that are there are not overwritten
    --format csv             tables instead of NDJSON`,
    options: { into: 'string', format: 'string' },
    parse: ({ text }): ExportAllArguments => {
      const folder = text('into');
      if (folder === undefined) throw new UsageError('--into is missing. Example: vouch export all --into backup');
      return { folder, format: oneOfWords('format', text('format') ?? 'ndjson', ['ndjson', 'csv']) };
    },
    run: async (context, input) => (await import('./export-file.ts')).exportToFolder(context, input),
  }),
  ...Object.fromEntries(exportLists.map((list) => [`export ${list}`, exportCommand(list)])),
};

function exportCommand(list: ExportList) {
  const period = { since: 'string', until: 'string' } as const;
  return defineCommand({
    usage: listTexts[list],
    options: { output: 'string', format: 'string', ...(list === 'users' ? {} : period) },
    parse: (args) => parseExport(list, args),
    run: async (context, input) => (await import('./export-file.ts')).exportToFile(context, input),
  });
}

function parseImport({ operands: [source = ''], text, flag }: CommandArguments): ImportArguments {
  const isUrl = /^postgres(?:ql)?:\/\//.test(source);
  const format = text('format');
  if (isUrl && format !== undefined && format !== 'django')
    throw new UsageError('A database is read only of the original service: --format django');
  const [, ending = ''] = /\.(\w+)$/.exec(source) ?? [];
  const byEnding = { csv: 'csv', ndjson: 'ndjson', jsonl: 'ndjson' } as const;
  const found = Object.entries(byEnding).find(([name]) => name === ending.toLowerCase())?.[1];
  if (!isUrl && format === undefined && found === undefined)
    throw new UsageError(`--format is missing: one of ${formats.join(', ')}. Example: --format firebase`);
  return {
    source,
    format: isUrl
      ? 'django-database'
      : format === undefined
        ? (found ?? 'ndjson')
        : oneOfWords('format', format, formats),
    region: text('region'),
    report: text('report') ?? (isUrl ? 'import.report.ndjson' : `${source}.report.ndjson`),
    isTrial: flag('dry-run'),
    hasEvents: flag('with-events'),
  };
}

function parseExport(list: ExportList, { text, now }: CommandArguments): ExportArguments {
  const [since, until] = [text('since'), text('until')];
  return {
    list,
    format: oneOfWords('format', text('format') ?? 'ndjson', ['ndjson', 'csv']),
    output: text('output'),
    since: since === undefined ? new Date(0) : parseTime('since', since, now),
    // messages of clocks that are ahead, too
    until: until === undefined ? new Date(now.getTime() + 86_400_000) : parseTime('until', until, now),
  };
}
