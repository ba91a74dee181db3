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
  // a mutant whose loop has no end is killed sooner
  process.env.TEST_STATEMENT_TIMEOUT = '8 s';
  const globals = globalThis as Record<string, unknown>;
  // Stryker's switch, which each instrumented file reads
  globals.__stryker__ = run.mutant === undefined ? {} : { activeMutant: run.mutant };
  const registered: Registered = { tests: [], beginnings: [], endings: [] };
  globals.registered = registered;
  const ending = await failureOf(run.bundle, registered);
  for (const end of registered.endings) await Promise.resolve(end()).catch(() => {});
  mock.restoreAll();
  process.send!(ending);
});

/** Tests of single functions in the order in which they failed last: neighbouring mutants often fail the same one. */
const failedLast: string[] = [];

/** The tests of single functions depend on no other, so that the likeliest to fail may run first. */
function ordered(bundle: string, { tests }: Registered): Registered['tests'] {
  if (!bundle.endsWith('functions.bundle.mjs')) return tests;
  return [...tests].sort((one, other) => failedLast.lastIndexOf(other.name) - failedLast.lastIndexOf(one.name));
}

async function failureOf(bundle: string, registered: Registered): Promise<TestOutcome> {
  let name = 'loading';
  try {
    await import(`${bundle}?run=${runs}`);
    for (const one of ordered(bundle, registered)) {
      name = one.name;
      for (const begin of registered.beginnings) await begin();
      await runTest(one.body);
      if (fault) throw fault;
    }
    if (registered.tests.length === 0) throw new Error('there are no tests');
    return { ok: true };
  } catch (error) {
    failedLast.push(name);
    return { ok: false, failed: `${name}: ${error}`.slice(0, 2000), isTimeout: false };
  }
}

async function runTest(body: Registered['tests'][number]['body']): Promise<void> {
  const endings: (() => unknown)[] = [];
  try {
    await body({ mock, after: (ending) => void endings.push(ending), diagnostic: () => {} });
  } finally {
    for (const end of endings) await Promise.resolve(end()).catch(() => {});
  }
}
