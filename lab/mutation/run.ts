// Mutation tests: npm run mutation [-- rules|sql] [again] [alone] [write] [file …]. Works on copies of the project.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { cp, mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { forgetDurability } from '../../scripts/test-server.ts';
import { startEmbedded } from '../../src/db/embedded/server.ts';
import { allowAllRoles } from '../../test/support/allow-all-roles.ts';
import { openTestDatabase } from '../../test/support/create-database.ts';
import { explained } from './explained.ts';
import { isSame, type Mutant } from './mutant.ts';
import { checkResults, formatSummary, formatSurvivors } from './report.ts';
import { mutateRules } from './rules.ts';
import { mutateStatements } from './statements.ts';
import { rules, statements } from './targets.ts';

const project = join(import.meta.dirname, '..', '..');
const words = ['rules', 'sql', 'again', 'alone', 'write'];
const said = process.argv.slice(2);
const names = said.filter((name) => !words.includes(name));
const kinds = ['rules', 'sql'].filter(
  (kind) => said.includes(kind) || !(said.includes('rules') || said.includes('sql')),
);
const isWhole = names.length === 0 && kinds.length === 2;
const chosen = (files: object) =>
  Object.keys(files).filter((file) => names.length === 0 || names.some((name) => file.includes(name)));
/** What became of the mutants last time; `again` tries those that survived, and takes the others as they were. */
const last = join(tmpdir(), 'vouch-mutation.json');
const earlier: Mutant[] = said.includes('again') ? JSON.parse(await readFile(last, 'utf8')) : [];
const survivors = said.includes('again') ? earlier.filter(({ fate }) => fate === 'survived') : undefined;

if (!existsSync(join(import.meta.dirname, 'node_modules'))) {
  const installed = spawnSync('npm', ['ci', '--prefix', import.meta.dirname], { stdio: 'inherit' });
  if (installed.status !== 0) process.exit(1);
}

const begun = performance.now();
const root = await mkdtemp(join(tmpdir(), 'vouch-mutation-'));
const dataDir = join(root, 'data');
const database = await startEmbedded({ dataDir, log: pino({ level: 'silent' }) });
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));
process.on('exit', () => rmSync(root, { recursive: true, force: true }));
const say = (text: string) => process.stdout.write(`${text}\n`);
try {
  await forgetDurability(database.url);
  // each test process has a role of its own
  const admin = await openTestDatabase(database.url);
  await allowAllRoles(dataDir, admin.sql);
  await admin.close();
  const tried: Mutant[] = [];
  if (kinds.includes('rules') && chosen(rules).length > 0) {
    const stage = { copy: await copyOf('rules'), databaseUrl: database.url };
    tried.push(...(await mutateRules(stage, chosen(rules), survivors)));
  }
  if (kinds.includes('sql') && chosen(statements).length > 0) {
    const copies = await Promise.all((said.includes('alone') ? ['one'] : ['one', 'two']).map(copyOf));
    const stage = { copies, databaseUrl: database.url, say };
    tried.push(...(await mutateStatements(stage, chosen(statements), survivors)));
  }
  const mutants = survivors ? earlier.map((one) => again(one, tried)) : tried;
  await writeFile(last, JSON.stringify(mutants, undefined, 1));
  const complaints = checkResults(mutants, explained, { isWhole });
  say(formatSummary(mutants, explained));
  for (const complaint of complaints) say(complaint);
  say(`${Math.round((performance.now() - begun) / 1000)} s`);
  if (said.includes('write')) {
    await writePage({ figures: formatSummary(mutants, explained), survivors: formatSurvivors(mutants, explained) });
  }
  process.exitCode = complaints.length === 0 ? 0 : 1;
} finally {
  await database.stop();
}

/** What became of a mutant that was tried again. Two like it in one line are told apart by nothing: the survivor counts. */
function again(one: Mutant, tried: readonly Mutant[]): Mutant {
  const same = tried.filter((other) => isSame(one, other));
  return one.fate === 'survived' ? (same.find(({ fate }) => fate === 'survived') ?? same[0] ?? one) : one;
}

/** A copy of what the tests read, with the packages of the original. */
async function copyOf(name: string): Promise<string> {
  const copy = join(root, name);
  const folders = [
    'src',
    'test',
    'scripts',
    'migrations',
    'public',
    'lab/chaos',
    'packages/client/src',
    'docs/quickstart',
  ];
  for (const part of [...folders, 'package.json', 'tsconfig.json']) {
    await cp(join(project, part), join(copy, part), { recursive: true });
  }
  await symlink(join(project, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

/** Puts tables between their marks in docs/mutation.md. */
async function writePage(tables: Record<string, string>): Promise<void> {
  const page = join(project, 'docs', 'mutation.md');
  let text = await readFile(page, 'utf8');
  for (const [mark, table] of Object.entries(tables)) {
    const between = new RegExp(`(<!-- ${mark} -->\n)[^]*?(?=<!-- /${mark} -->)`);
    text = text.replace(between, (_, opening) => `${opening}${table}\n`);
  }
  await writeFile(page, text);
}
