// Stryker's plugin: runs, for a mutant, the test files that targets.ts names for its file, until one fails.
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rules } from './targets.ts';
import { TestRunner } from './test-runner.ts';

interface MutantRun {
  readonly activeMutant: { readonly id: string; readonly fileName: string };
  readonly sandboxFileName: string;
}

class TestFiles {
  private tests: TestRunner | undefined;

  capabilities() {
    return { reloadEnvironment: true };
  }

  async init() {
    this.tests = await TestRunner.open(process.cwd(), process.env.MUTATION_DATABASE_URL!, `rules_${process.pid}`);
  }

  /** All files have to pass while no mutant is active: else each would seem killed. */
  async dryRun() {
    const tests = [];
    const files = process.env.MUTATION_FILES!.split(',');
    for (const name of new Set(files.flatMap((file) => rules[file] ?? []))) {
      const begun = performance.now();
      const ending = await this.run(name, undefined);
      if (!ending.ok) return { status: 'error', errorMessage: `${name} fails without a mutant: ${ending.failed}` };
      tests.push({ id: name, name, status: 0, timeSpentMs: Math.round(performance.now() - begun) });
    }
    return { status: 'complete', tests };
  }

  async mutantRun({ activeMutant, sandboxFileName }: MutantRun) {
    const names = rules[relative(process.cwd(), sandboxFileName)] ?? [];
    for (const name of names) {
      const ending = await this.run(name, activeMutant.id);
      if (ending.ok) continue;
      if (ending.isTimeout) return { status: 'timeout' };
      return { status: 'killed', killedBy: [name], failureMessage: ending.failed, nrOfTests: names.length };
    }
    return { status: 'survived', nrOfTests: names.length };
  }

  async dispose() {
    await this.tests?.close();
  }

  private run(name: string, mutant: string | undefined) {
    return this.tests!.run(pathToFileURL(join(process.cwd(), 'test', `${name}.bundle.mjs`)).href, mutant);
  }
}

/** What Stryker loads. */
export const strykerPlugins = [{ kind: 'TestRunner', name: 'test-files', injectableClass: TestFiles }];
