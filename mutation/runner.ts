// Stryker's plugin: runs, for a mutant, the test files that targets.ts names for its file, until one fails.
import { relative } from 'node:path';
import { type Lodging, lodge } from './databases.ts';
import { rules } from './targets.ts';
import { runTests } from './test-run.ts';

interface MutantRun {
  readonly activeMutant: { readonly id: string; readonly fileName: string };
  readonly sandboxFileName: string;
}

class TestFiles {
  private lodging: Lodging | undefined;

  capabilities() {
    return { reloadEnvironment: true };
  }

  async init() {
    this.lodging = await lodge(process.env.MUTATION_DATABASE_URL!, `mutation_${process.pid}`);
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
    await this.lodging?.close();
  }

  private async run(name: string, mutant: string | undefined) {
    const env = { TEST_DATABASE_URL: this.lodging!.url, __STRYKER_ACTIVE_MUTANT__: mutant };
    const ending = await runTests(process.cwd(), name, env);
    await this.lodging!.clear();
    return ending;
  }
}

/** What Stryker loads. */
export const strykerPlugins = [{ kind: 'TestRunner', name: 'test-files', injectableClass: TestFiles }];
