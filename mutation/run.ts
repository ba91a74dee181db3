// Mutation tests: npm run mutation [-- rules|sql] [file …]. Works on copies; the folder of the project stays as it is.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { startEmbedded } from '../src/db/embedded.ts';
import { explained } from './explained.ts';
import type { Mutant } from './mutant.ts';
import { judge, tableOf } from './report.ts';
import { mutateRules } from './rules.ts';
import { mutateStatements } from './statements.ts';
import { rules, statements } from './targets.ts';

const project = join(import.meta.dirname, '..');
const named = process.argv.slice(2);
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
  process.exitCode = verdict.length === 0 ? 0 : 1;
} finally {
  await database.stop();
  await rm(root, { recursive: true, force: true });
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
