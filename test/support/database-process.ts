/** A process that opens the database as the server does, says how that went in lines of JSON, and closes it on SIGTERM. */
import { migrate } from '../../src/db/migrate.ts';
import { openDatabase } from '../../src/db/open.ts';
import { StartupError } from '../../src/db/startup-error.ts';
import { databaseClock } from '../../src/kit/clock.ts';
import { memoryLog } from './embedded-database.ts';

const { DATABASE_URL: databaseUrl, DATA_DIR: dataDir = '', MIGRATE } = process.env;
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
const log = memoryLog((line) => say({ log: line }));

try {
  const database = await openDatabase({
    ...(databaseUrl ? { databaseUrl } : {}),
    dataDir,
    poolSize: 4,
    log,
    clock: databaseClock,
  });
  if (MIGRATE) await migrate({ sql: database.sql, log });
  process.once('SIGTERM', () => database.close());
  say({ ready: true });
} catch (fault) {
  if (!(fault instanceof StartupError)) throw fault;
  say({ refused: fault.name, message: fault.message });
  process.exitCode = 1;
}
