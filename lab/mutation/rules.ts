import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Mutant } from './mutant.ts';

/** Runs Stryker in a copy of the project over files of rules, or the lines of some mutants in them; what became of each. */
export async function mutateRules(
  stage: { copy: string; databaseUrl: string },
  chosen: readonly string[],
  some: readonly Mutant[] | undefined,
): Promise<Mutant[]> {
  const files = chosen.filter((file) => !some || some.some((one) => one.file === file));
  if (files.length === 0) return [];
  const lines = some
    ?.filter(({ file }) => files.includes(file))
    .map(({ file, line, until }) => `${file}:${line}-${until ?? line}`);
  const config = join(stage.copy, 'stryker.config.json');
  const report = join(stage.copy, 'mutation.json');
  const here = import.meta.dirname;
  await writeFile(
    config,
    JSON.stringify({
      mutate: lines ? [...new Set(lines)] : files,
      testRunner: 'test-files',
      plugins: [join(here, 'stryker-plugin.ts')],
      buildCommand: `${process.execPath} ${join(here, 'bundle.ts')}`,
      coverageAnalysis: 'off',
      // the copy is ours already
      inPlace: true,
      disableTypeChecks: false,
      concurrency: 2,
      timeoutMS: 300_000,
      dryRunTimeoutMinutes: 10,
      allowEmpty: true,
      reporters: ['json', 'progress-append-only'],
      jsonReporter: { fileName: report },
      allowConsoleColors: false,
      checkers: [],
      ignorers: [],
      packageManager: 'npm',
    }),
  );
  const stryker = createRequire(join(here, 'package.json')).resolve('@stryker-mutator/core');
  const bin = join(stryker, '..', '..', '..', 'bin', 'stryker.js');
  // each of Stryker's processes loads the plugin, which is TypeScript
  const env = {
    ...process.env,
    NODE_OPTIONS: '--import tsx',
    MUTATION_DATABASE_URL: stage.databaseUrl,
    MUTATION_FILES: files.join(),
  };
  const child = spawn(process.execPath, [bin, 'run', config], {
    cwd: stage.copy,
    env,
    stdio: 'inherit',
  });
  const code = await new Promise((resolve) => child.on('exit', resolve));
  if (code !== 0) throw new Error(`Stryker ended with ${code}`);
  return mutantsOf(JSON.parse(await readFile(report, 'utf8')));
}

interface Place {
  readonly line: number;
  readonly column: number;
}

interface Report {
  readonly files: Record<
    string,
    {
      source: string;
      mutants: { replacement: string; status: string; killedBy?: string[]; location: { start: Place; end: Place } }[];
    }
  >;
}

function mutantsOf({ files }: Report): Mutant[] {
  return Object.entries(files).flatMap(([file, { source, mutants }]) => {
    const lines = source.split('\n');
    const offset = ({ line, column }: Place) =>
      lines.slice(0, line - 1).join('\n').length + (line > 1 ? 1 : 0) + column - 1;
    return mutants.map(({ replacement, status, location }) => ({
      file,
      line: location.start.line,
      until: location.end.line,
      within: lines[location.start.line - 1]!.trim(),
      from: flat(source.slice(offset(location.start), offset(location.end))),
      to: flat(replacement),
      fate: fates[status] ?? 'invalid',
    }));
  });
}

const fates: Record<string, Mutant['fate']> = {
  Killed: 'killed',
  Timeout: 'killed',
  Survived: 'survived',
  NoCoverage: 'survived',
};

const flat = (text: string) => text.replace(/\s+/g, ' ');
