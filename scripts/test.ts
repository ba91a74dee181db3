/**
 * Runs the tests: `npm test [-- name …]`, `npm run test:fast [name …]` without those that start processes or take long, and
 * `npm run test:deep` with all repetitions and with the tests that `npm test` leaves out. One PostgreSQL serves them all,
 * that of TEST_DATABASE_URL or our own; each file has databases of its own.
 */
import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createDatabase } from '../test/support/create-database.ts';
import { fillDataFolder } from '../test/support/data-folder.ts';
import { bundleProduct, bundleTests } from './bundle.ts';
import { type Lane, lanesOf, takesLong } from './test-lanes.ts';
import { makeDataFolder, startTestServer } from './test-server.ts';

/** The statements before and after the files that need a browser. */
const sharedBrowser = [
  `import { shareBrowser } from '../bundle/test/support/browser.js';\nconst close = shareBrowser();\n`,
  'await close();\n',
];
/** The same of the databases that files take from each other. */
const sharedDatabases = [
  `import { closeDatabases } from '../bundle/test/support/database-pool.js';\n`,
  'await closeDatabases();\n',
];
const { positionals: names, values } = parseArgs({ allowPositionals: true, options: { fast: { type: 'boolean' } } });
const startedAt = performance.now();
const folder = await mkdtemp(join(tmpdir(), 'vouch-test-'));
// some tests run as other users of the operating system
await chmod(folder, 0o755);
const [bundle, dist, filled] = [await subfolder('bundle'), await subfolder('dist'), await subfolder('filled')];
await Promise.all([bundleTests(bundle), ...(values.fast ? [] : [bundleProduct(dist)]), makeDataFolder(filled)]);
const dataDir = await subfolder('data');
fillDataFolder(dataDir, filled);
const database = await startTestServer(dataDir);
const template = `vouch_template_${process.pid}`;
await createDatabase(database.url, template);
const isDeep = names.length > 0 || Number(process.env.TEST_DEPTH) >= 1;
const entries = await writeEntries(lanesOf('test', names, isDeep));
// processes wait for each other most of the time
const options = [
  '--enable-source-maps',
  '--max-semi-space-size=64',
  '--test',
  '--test-timeout=1200000',
  '--test-concurrency=4',
];
const tests = spawn(process.execPath, [...options, ...entries], {
  stdio: 'inherit',
  env: {
    ...process.env,
    NODE_ENV: 'test',
    TEST_DATABASE_URL: database.url,
    TEST_DATABASE_TEMPLATE: template,
    TEST_BUNDLE: bundle,
    TEST_DIST: dist,
    TEST_DATA_DIR: filled,
    ...(isDeep ? { TEST_DEEP: 'yes' } : {}),
    ...(values.fast ? { TEST_DEPTH: '0.01' } : {}),
  },
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => tests.kill(signal));
process.exitCode = await new Promise<number>((resolve) => tests.on('exit', (code) => resolve(code ?? 1)));
await database.stop();
await rm(folder, { recursive: true });
const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
process.stdout.write(
  `# ${seconds} s, ${await processorSeconds()} of processor time with PostgreSQL and all children\n`,
);

async function subfolder(name: string): Promise<string> {
  await mkdir(join(folder, name));
  return join(folder, name);
}

/** Between two thoughts a file that takes long is run by its name alone. */
function quick(files: readonly string[]): readonly string[] {
  return names.length > 0 ? files : files.filter((file) => !takesLong(join('test', file)));
}

/** The files in so many hands. */
function dealt(files: readonly string[], hands: number): string[][] {
  return Array.from({ length: hands }, (_, hand) => files.filter((_, at) => at % hands === hand));
}

/**
 * The files that Node.js runs, each in a process of its own, the longest first. A suite for each test file keeps apart
 * what the files open: its `after` hooks run before the next file is loaded.
 */
async function writeEntries({ alone, browser, processes, shared }: Record<Lane, string[]>): Promise<string[]> {
  const groups = values.fast
    ? dealt(quick(shared), 2)
    : [browser, ...dealt(shared, 2), ...dealt(processes, 7), ...alone.map((file) => [file])];
  const to = await subfolder('entries');
  const named = groups.filter((group) => group.length > 0);
  return Promise.all(
    named.map(async (group, at) => {
      const entry = join(to, `${String(at).padStart(3, '0')}.mjs`);
      const suites = group.map((file) => {
        const path = join(bundle, 'test', file.replace(/\.ts$/, '.js'));
        return `await describe('${file}', async () => void (await import('${path}')));\n`;
      });
      const [first, last] = group === browser ? sharedBrowser : ['', ''];
      const [before, after] = sharedDatabases;
      await writeFile(
        entry,
        `import { describe } from 'node:test';\n${before}${first}${suites.join('')}${last}${after}`,
      );
      return entry;
    }),
  );
}

/** The processor time of this process and of its children that have ended; Linux only. */
async function processorSeconds(): Promise<string> {
  const stat = await readFile('/proc/self/stat', 'utf8').catch(() => undefined);
  const ticks = stat
    ?.slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 15)
    .map(Number);
  return ticks ? `${(ticks.reduce((sum, n) => sum + n) / 100).toFixed(0)} s` : 'an unknown number of seconds';
}
