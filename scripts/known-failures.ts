/**
 * Puts each known failure of `test/known-failures/` into a copy of the tree, and shows that the tests named beside it
 * fail at an assertion then, and pass without it: npm run known-failures [-- 03 18b …]
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pino } from 'pino';
import { startEmbedded } from '../src/db/embedded/server.ts';
import { readFailures, readPatch, testNamed } from '../test/known-failures/failures.ts';
import { applied } from '../test/known-failures/patch.ts';
import type { Verdict } from '../test/known-failures/verdicts.ts';

const patienceMs = 120_000;
const left = new Set(['node_modules', '.git', 'dist', 'data']);
const told: string[] = [];
const wanted = process.argv.slice(2);
const begun = performance.now();
const patches = (await readFailures())
  .flatMap(({ number, fault, patches = {} }) =>
    Object.entries(patches).map(([patch, tests]) => ({ number, fault, patch, tests })),
  )
  .filter(({ patch }) => wanted.length === 0 || wanted.some((one) => patch.startsWith(one)));
const work = await mkdtemp(join(tmpdir(), 'vouch-failures-'));
const tree = join(work, 'tree');
await cp('.', tree, { recursive: true, filter: (path) => !left.has(basename(path)) });
await symlink(join(process.cwd(), 'node_modules'), join(tree, 'node_modules'));
const database = await startEmbedded({ dataDir: join(work, 'data'), log: pino({ level: 'silent' }) });

const bad: string[] = [];
try {
  const cited = [...new Set(patches.flatMap(({ tests }) => tests))];
  for (const test of await notSo(cited, 'passed')) bad.push(`without any patch: ${test}`);
  say(`${cited.length} tests without any patch: ${bad.length === 0 ? 'all pass' : `${bad.length} do not`}\n`);
  for (const { patch, tests } of patches) {
    const from = performance.now();
    const missed = await withPatch(patch, () => notSo(tests, 'failed'));
    for (const test of missed) bad.push(`${patch}: ${test}`);
    const seconds = ((performance.now() - from) / 1000).toFixed(1);
    say(`${missed.length === 0 ? 'caught' : 'MISSED'}  ${patch}  ${seconds} s\n${told.splice(0).join('')}`);
  }
} finally {
  await database.stop();
  await rm(work, { recursive: true });
}
for (const line of bad) say(`not as it should be: ${line}\n`);
say(`${patches.length} patches in ${Math.round((performance.now() - begun) / 1000)} s\n`);
process.exitCode = bad.length === 0 && patches.length > 0 ? 0 : 1;

/** Runs the tests that are cited, and says of which it is not true that they passed, or failed at an assertion. */
async function notSo(cited: readonly string[], outcome: 'passed' | 'failed'): Promise<string[]> {
  const wrong: string[] = [];
  for (const file of new Set(cited.map((test) => testNamed(test).file))) {
    const tests = cited.filter((test) => testNamed(test).file === file);
    const verdicts = await verdictsOf(file, tests);
    for (const test of tests) {
      const mine = verdicts.filter(({ name, outcome }) => outcome !== 'skipped' && testNamed(test).pattern.test(name));
      const so =
        outcome === 'passed'
          ? mine.length > 0 && mine.every((one) => one.outcome === 'passed')
          : mine.some((one) => one.outcome === 'failed' && one.asserted);
      if (!so)
        wrong.push(`${test}: ${mine.map((one) => `${one.outcome} ${firstLine(one)}`).join(', ') || 'did not end'}`);
      const failed = mine.find((one) => one.outcome === 'failed');
      if (failed) told.push(`        ${test}\n        ${firstLine(failed)}\n`);
    }
  }
  return wrong;
}

function firstLine({ message }: Verdict): string {
  const lines = message.split('\n').filter((line) => line.trim() !== '');
  return (
    /^Expected values/.test(lines[0] ?? '') ? `${lines[0]} ${lines.slice(1, 4).join(' ')}` : (lines[0] ?? '')
  ).slice(0, 160);
}

async function verdictsOf(file: string, tests: readonly string[]): Promise<Verdict[]> {
  const told = join(work, 'verdicts');
  await rm(told, { force: true });
  const patterns = tests.map((test) => `--test-name-pattern=${testNamed(test).pattern.source}`);
  const reporter = ['--test-reporter=./test/known-failures/verdicts.ts', `--test-reporter-destination=${told}`];
  const run = spawn(process.execPath, ['--import', 'tsx', ...patterns, ...reporter, join('test', file)], {
    cwd: tree,
    stdio: 'ignore',
    env: { ...process.env, NODE_ENV: 'test', TEST_DATABASE_URL: database.url },
  });
  const patience = setTimeout(() => run.kill('SIGKILL'), patienceMs);
  await new Promise((resolve) => run.on('close', resolve));
  clearTimeout(patience);
  const lines = (await readFile(told, 'utf8').catch(() => '')).split('\n').filter((line) => line.endsWith('}'));
  return lines.map((line) => JSON.parse(line));
}

/** Does something while the tree is patched. */
async function withPatch<T>(name: string, act: () => Promise<T>): Promise<T> {
  const before = new Map<string, string>();
  const read = (path: string) => {
    const text = readFileSync(join(tree, path), 'utf8');
    before.set(path, text);
    return text;
  };
  try {
    for (const [path, text] of applied(await readPatch(name), read)) await writeFile(join(tree, path), text);
    return await act();
  } finally {
    for (const [path, text] of before) await writeFile(join(tree, path), text);
  }
}

function say(text: string): void {
  process.stdout.write(text);
}
