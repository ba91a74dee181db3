import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundle } from './bundle.ts';
import { isSame, type Mutant } from './mutant.ts';
import { type Change, findChanges } from './sql.ts';
import { statements } from './targets.ts';
import { TestRunner } from './test-runner.ts';

interface Stage {
  readonly copies: readonly string[];
  readonly databaseUrl: string;
  readonly say: (text: string) => void;
}

/** Changes the SQL of files, or repeats some mutants of them, one change at a time in each copy; what became of each. */
export async function mutateStatements(
  stage: Stage,
  files: readonly string[],
  some: readonly Mutant[] | undefined,
): Promise<Mutant[]> {
  const waiting: Task[] = [];
  for (const file of files) {
    const source = await readFile(join(stage.copies[0]!, file), 'utf8');
    for (const change of findChanges(source))
      waiting.push({ file, source, change, told: toldOf(file, source, change) });
  }
  if (some) waiting.splice(0, waiting.length, ...waiting.filter(({ told }) => some.some((one) => isSame(one, told))));
  await passUnchanged(stage, new Set(waiting.flatMap(({ file }) => statements[file] ?? [])));
  const all = waiting.length;
  const done: Mutant[] = [];
  const work = async (copy: string, at: number) => {
    const tests = await TestRunner.open(copy, stage.databaseUrl, `statements_${at}`);
    for (let task = waiting.shift(); task; task = waiting.shift()) {
      const mutant = await outcome(task, copy, tests);
      done.push(mutant);
      stage.say(`${done.length}/${all} ${mutant.fate} ${mutant.file}:${mutant.line} ${mutant.from} → ${mutant.to}`);
      if (mutant.by) stage.say(`    ${flat(mutant.by)}`);
    }
    await tests.close();
  };
  await Promise.all(stage.copies.map(work));
  return done.sort((one, other) => one.file.localeCompare(other.file) || one.line - other.line);
}

interface Task {
  readonly file: string;
  readonly source: string;
  readonly change: Change;
  readonly told: Mutant;
}

function toldOf(file: string, source: string, { at, from, to }: Change): Mutant {
  const line = source.slice(0, at).split('\n').length;
  const within = source.split('\n')[line - 1]!.trim();
  return { file, line, within, from: flat(from), to: flat(to), fate: 'survived' };
}

/** All files have to pass while nothing is changed: else each change would seem killed. */
async function passUnchanged(stage: Stage, names: ReadonlySet<string>): Promise<void> {
  const copy = stage.copies[0]!;
  const tests = await TestRunner.open(copy, stage.databaseUrl, 'unchanged');
  for (const name of names) {
    const ending = await tests.run(await bundle(copy, name));
    if (!ending.ok) throw new Error(`${name} fails without a mutant: ${ending.failed}`);
  }
  await tests.close();
}

async function outcome({ file, source, change, told }: Task, copy: string, tests: TestRunner): Promise<Mutant> {
  const { from, to, at } = change;
  await writeFile(join(copy, file), source.slice(0, at) + to + source.slice(at + from.length));
  try {
    for (const name of statements[file] ?? []) {
      const ending = await tests.run(await bundle(copy, name));
      if (!ending.ok) return { ...told, fate: 'killed', by: `${name}: ${ending.failed.slice(0, 200)}` };
    }
    return told;
  } finally {
    await writeFile(join(copy, file), source);
  }
}

const flat = (text: string) => text.replace(/\s+/g, ' ').trim();
