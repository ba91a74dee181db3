// Mutation tests: npm run mutation [-- rules|sql] [file …] [write]. Works on copies; the folder of the project stays as it is.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { cp, mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { startEmbedded } from '../src/db/embedded.ts';
import { explained } from './explained.ts';
import type { Mutant } from './mutant.ts';
import { judge, survivorsOf, tableOf } from './report.ts';
import { mutateRules } from './rules.ts';
import { mutateStatements } from './statements.ts';
import { rules, statements } from './targets.ts';

const project = join(import.meta.dirname, '..');
const writes = process.argv.includes('write');
const named = process.argv.slice(2).filter((name) => name !== 'write');
const kinds = ['rules', 'sql'].filter(
  (kind) => named.includes(kind) || !named.some((name) => /^(rules|sql)$/.test(name)),
);
const wanted = named.filter((name) => !/^(rules|sql)$/.test(name));
const chosen = (files: object) =>
  Object.keys(files).filter((file) => wanted.length === 0 || wanted.some((name) => file.includes(name)));

if (!existsSync(join(import.meta.dirname, 'node_modules'))) {
  const installed = spawnSync('npm', ['ci', '--prefix', import.meta.dirname], { stdio: 'inherit' });
  if (installed.status !== 0) process.exit(1);
}

const begun = performance.now();
const root = await mkdtemp(join(tmpdir(), 'vouch-mutation-'));
const database = await startEmbedded({ dataDir: join(root, 'data'), log: pino({ level: 'silent' }) });
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));
process.on('exit', () => rmSync(root, { recursive: true, force: true }));
const say = (text: string) => process.stdout.write(`${text}\n`);
try {
  const mutants: Mutant[] = [];
  if (kinds.includes('rules') && chosen(rules).length > 0) {
    const stage = { copy: await copyOf('rules'), databaseUrl: database.url };
    mutants.push(...(await mutateRules(stage, chosen(rules))));
  }
  if (kinds.includes('sql') && chosen(statements).length > 0) {
    const copies = [await copyOf('one'), await copyOf('two')];
    mutants.push(...(await mutateStatements({ copies, databaseUrl: database.url, say }, chosen(statements))));
  }
  const verdict = judge(mutants, explained, { isWhole: wanted.length === 0 && kinds.length === 2 });
  if (process.env.MUTATION_JSON) await writeFile(process.env.MUTATION_JSON, JSON.stringify(mutants, null, 1));
  say(tableOf(mutants, explained));
  for (const complaint of verdict) say(complaint);
  say(`${Math.round((performance.now() - begun) / 1000)} s`);
  if (writes) await writePage({ figures: tableOf(mutants, explained), survivors: survivorsOf(mutants, explained) });
  process.exitCode = verdict.length === 0 ? 0 : 1;
} finally {
  await database.stop();
}

/** A copy of what the tests read, with the packages of the original. */
async function copyOf(name: string): Promise<string> {
  const copy = join(root, name);
  for (const part of ['src', 'test', 'chaos', 'scripts', 'migrations', 'public', 'package.json', 'tsconfig.json']) {
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
