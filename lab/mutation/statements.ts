import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundle } from './bundle.ts';
import { type FunctionChange, findFunctionChanges } from './functions.ts';
import { isSame, type Mutant } from './mutant.ts';
import { type Change, findChanges } from './sql.ts';
import { statements } from './targets.ts';
import { Template } from './template.ts';
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
    const changes = isFunctions(file) ? findFunctionChanges(source) : findChanges(source);
    for (const change of changes) waiting.push({ file, source, change, told: toldOf(file, source, change) });
  }
  if (some) waiting.splice(0, waiting.length, ...waiting.filter(({ told }) => some.some((one) => isSame(one, told))));
  await passUnchanged(stage, new Set(waiting.flatMap(({ file }) => statements[file] ?? [])));
  const all = waiting.length;
  const done: Mutant[] = [];
  const work = async (copy: string, at: number) => {
    const place = await openWorkplace(stage, copy, `statements_${at}`);
    for (let task = waiting.shift(); task; task = waiting.shift()) {
      const mutant = await outcome(task, place);
      done.push(mutant);
      stage.say(
        `${done.length}/${all} ${mutant.fate} ${mutant.file}:${mutant.line} ${mutant.name ?? ''} ${mutant.from} → ${mutant.to}`,
      );
      if (mutant.by) stage.say(`    ${flat(mutant.by)}`);
    }
    await place.tests.close();
  };
  await Promise.all(stage.copies.map(work));
  return done.sort((one, other) => one.file.localeCompare(other.file) || one.line - other.line);
}

interface Task {
  readonly file: string;
  readonly source: string;
  readonly change: Change | FunctionChange;
  readonly told: Mutant;
}

function toldOf(file: string, source: string, change: Change | FunctionChange): Mutant {
  const { at, from, to } = change;
  const line = source.slice(0, at).split('\n').length;
  const within = source.split('\n')[line - 1]!.trim();
  const name = 'name' in change ? { name: change.name } : {};
  return { file, line, within, ...name, from: flat(from), to: flat(to), fate: 'survived' };
}

/** All files have to pass while nothing is changed: else each change would seem killed. */
async function passUnchanged(stage: Stage, names: ReadonlySet<string>): Promise<void> {
  const { tests, bundles } = await openWorkplace(stage, stage.copies[0]!, 'unchanged');
  for (const name of names) {
    const begun = performance.now();
    const ending = await tests.run(await bundles.of(name));
    if (!ending.ok) throw new Error(`${name} fails without a mutant: ${ending.failed}`);
    stage.say(`${name}: ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  }
  await tests.close();
}

interface Workplace {
  readonly copy: string;
  readonly tests: TestRunner;
  readonly bundles: Bundles;
  readonly template: Template;
}

/** A copy with a login and a database of its own, whose functions are those of the copy. */
async function openWorkplace({ databaseUrl }: Stage, copy: string, name: string): Promise<Workplace> {
  const template = await Template.create(databaseUrl, `${name}_template`);
  if (!(await template.install(copy))) throw new Error('The functions cannot be installed');
  const tests = await TestRunner.open(copy, databaseUrl, name, template.name);
  return { copy, tests, template, bundles: new Bundles(copy) };
}

async function outcome({ file, source, change, told }: Task, { copy, tests, bundles, template }: Workplace) {
  const { from, to, at } = change;
  await writeFile(join(copy, file), source.slice(0, at) + to + source.slice(at + from.length));
  if (!isFunctions(file)) bundles.clear();
  try {
    if (isFunctions(file) && !(await template.install(copy))) return { ...told, fate: 'invalid' } satisfies Mutant;
    for (const name of statements[file] ?? []) {
      const ending = await tests.run(await bundles.of(name));
      if (!ending.ok)
        return { ...told, fate: 'killed', by: `${name}: ${ending.failed.slice(0, 200)}` } satisfies Mutant;
    }
    return told;
  } finally {
    await writeFile(join(copy, file), source);
    if (!isFunctions(file)) bundles.clear();
  }
}

/** The bundles of a copy. Functions are no part of a bundle: `src/db/functions.ts` reads them from the copy when it runs. */
class Bundles {
  readonly #copy: string;
  readonly #made = new Map<string, string>();

  constructor(copy: string) {
    this.#copy = copy;
  }

  async of(name: string): Promise<string> {
    const url = this.#made.get(name) ?? (await bundle(this.#copy, name));
    this.#made.set(name, url);
    return url;
  }

  /** Forgets the bundles, after a change of what is in them. */
  clear(): void {
    this.#made.clear();
  }
}

const isFunctions = (file: string) => file.endsWith('.sql');

const flat = (text: string) => text.replace(/\s+/g, ' ').trim();
