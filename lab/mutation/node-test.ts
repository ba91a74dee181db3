import type { mock } from 'node:test';

/** As much of the context of a test as the files in targets.ts use. */
interface Context {
  readonly mock: typeof mock;
  after(ending: () => unknown): void;
  diagnostic(message: string): void;
}

type Body = (t: Context) => unknown;

/** What a bundle of a test file has registered: as much of `node:test` as the files in targets.ts use. */
export interface Registered {
  readonly tests: { name: string; body: Body }[];
  readonly beginnings: (() => unknown)[];
  readonly endings: (() => unknown)[];
}

// put there for this bundle by the process that imports it
const { registered } = globalThis as unknown as { registered: Registered };

/** Registers a test, unless its options skip it. */
export function test(name: string, ...rest: [body: Body] | [options: { readonly skip?: unknown }, body: Body]): void {
  const [options, body] = rest.length === 1 ? [{}, rest[0]] : rest;
  if (!options.skip) registered.tests.push({ name, body });
}

/** Registers what precedes each test of the file. */
export function beforeEach(beginning: () => unknown): void {
  registered.beginnings.push(beginning);
}

/** Registers what is to be closed after the tests of the file. */
export function after(ending: () => unknown): void {
  registered.endings.push(ending);
}

// of `deepTest`: a mutant is tried with the tests of `npm test`
test.skip = (): void => {};
test.after = after;
