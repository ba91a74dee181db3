// A process that runs bundles of test files one after the other: loading the packages is most of what a run costs.
import { mock } from 'node:test';
import type { Registered } from './node-test.ts';
import type { TestOutcome, TestRun } from './test-runner.ts';

let runs = 0;
let fault: Error | undefined;
process.on('uncaughtException', (error) => {
  fault = error;
});

process.on('message', async (run: TestRun) => {
  runs += 1;
  fault = undefined;
  process.env.TEST_DATABASE_URL = run.databaseUrl;
  if (run.template !== undefined) process.env.TEST_DATABASE_TEMPLATE = run.template;
  const globals = globalThis as Record<string, unknown>;
  // Stryker's switch, which each instrumented file reads
  globals.__stryker__ = run.mutant === undefined ? {} : { activeMutant: run.mutant };
  const registered: Registered = { tests: [], endings: [] };
  globals.registered = registered;
  const ending = await failureOf(`${run.bundle}?run=${runs}`, registered);
  for (const end of registered.endings) await Promise.resolve(end()).catch(() => {});
  mock.restoreAll();
  process.send!(ending);
});

async function failureOf(bundle: string, { tests }: Registered): Promise<TestOutcome> {
  let name = 'loading';
  try {
    await import(bundle);
    for (const one of tests) {
      name = one.name;
      await runTest(one.body);
      if (fault) throw fault;
    }
    if (tests.length === 0) throw new Error('there are no tests');
    return { ok: true };
  } catch (error) {
    return { ok: false, failed: `${name}: ${error}`.slice(0, 2000), isTimeout: false };
  }
}

async function runTest(body: Registered['tests'][number]['body']): Promise<void> {
  const endings: (() => unknown)[] = [];
  try {
    await body({ mock, after: (ending) => void endings.push(ending) });
  } finally {
    for (const end of endings) await Promise.resolve(end()).catch(() => {});
  }
}
