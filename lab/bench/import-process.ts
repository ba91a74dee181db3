import { createReadStream } from 'node:fs';
import { pino } from 'pino';
import { openDatabase } from '../../src/db/open.ts';
import { databaseClock } from '../../src/kit/clock.ts';
import { giveWay } from '../../src/kit/give-way.ts';
import { secretKeys } from '../../src/kit/secret.ts';
import { readRecords } from '../../src/transfer/formats/formats.ts';
import { importPeople } from '../../src/transfer/import-people.ts';

/** The figures of an import by a process of its own. */
export interface ImportResult {
  readonly seconds: number;
  readonly cpuMs: number;
  readonly maxMiB: number;
}

const [url = '', path = ''] = process.argv.slice(2);
const log = pino({ level: 'silent' });
const db = await openDatabase({ databaseUrl: url, dataDir: '', poolSize: 2, log, clock: databaseClock });
const needs = {
  db,
  log,
  keys: secretKeys(['a key of the benchmark, which is long enough']),
  sessionLife: { idleSeconds: 1e7, lifetimeSeconds: 1e7 },
  sessionsMax: 100,
  defaultRegion: 'RU',
  phoneNumberPolicy: 'mobile',
  smsCountries: new Set(['RU']),
} as const;
// as the command does
giveWay();
const before = process.cpuUsage();
const startedAt = performance.now();
const result = await importPeople(
  needs,
  { kind: 'command_line', id: 'bench' },
  {
    records: readRecords(createReadStream(path), 'django'),
    format: 'django',
    isTrial: false,
    hasEvents: false,
    onReport: () => {},
  },
);
if (!result.ok || result.totals.refused > 0) throw new Error(JSON.stringify(result));
const { user, system } = process.cpuUsage(before);
const measured: ImportResult = {
  seconds: (performance.now() - startedAt) / 1000,
  cpuMs: (user + system) / 1000,
  maxMiB: Math.round(process.resourceUsage().maxRSS / 1024),
};
process.send?.(measured, () => process.exit(0));
