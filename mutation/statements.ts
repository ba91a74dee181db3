import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compile, compileFile } from './compile.ts';
import { type Lodging, lodge } from './databases.ts';
import type { Mutant } from './mutant.ts';
import { type Change, changesOf } from './sql.ts';
import { statements } from './targets.ts';
import { runTests } from './test-run.ts';

interface Stage {
  readonly copies: readonly string[];
  readonly databaseUrl: string;
  readonly say: (text: string) => void;
}

/** Changes the SQL of files, one change at a time in each copy of the project, and returns what became of each. */
export async function mutateStatements(stage: Stage, files: string[]): Promise<Mutant[]> {
  await Promise.all(stage.copies.map(compile));
  const waiting: Task[] = [];
  for (const file of files) {
    const source = await readFile(join(stage.copies[0]!, file), 'utf8');
    for (const change of changesOf(source)) waiting.push({ file, source, change });
  }
  const all = waiting.length;
  const done: Mutant[] = [];
  const work = async (copy: string, at: number) => {
    const lodging = await lodge(stage.databaseUrl, `statements_${at}`);
    for (let task = waiting.shift(); task; task = waiting.shift()) {
      const mutant = await outcome(task, copy, lodging);
      done.push(mutant);
      stage.say(`${done.length}/${all} ${mutant.fate} ${mutant.file}:${mutant.line} ${mutant.from} → ${mutant.to}`);
    }
    await lodging.close();
  };
  await Promise.all(stage.copies.map(work));
  return done.sort((one, other) => one.file.localeCompare(other.file) || one.line - other.line);
}

interface Task {
  readonly file: string;
  readonly source: string;
  readonly change: Change;
}

async function outcome({ file, source, change }: Task, copy: string, lodging: Lodging): Promise<Mutant> {
  const { from, to, at } = change;
  const before = source.slice(0, at);
  const line = before.split('\n').length;
  const told = { file, line, within: source.split('\n')[line - 1]!.trim(), from: flat(from), to: flat(to) };
  await writeFile(join(copy, file), before + to + source.slice(at + from.length));
  await compileFile(join(copy, file));
  try {
    for (const name of statements[file] ?? []) {
      const ending = await runTests(copy, name, { TEST_DATABASE_URL: lodging.url });
      await lodging.clear();
      if (!ending.ok) return { ...told, fate: 'killed' };
    }
    return { ...told, fate: 'survived' };
  } finally {
    await writeFile(join(copy, file), source);
    await compileFile(join(copy, file));
  }
}

const flat = (text: string) => text.replace(/\s+/g, ' ').trim();
