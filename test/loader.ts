/** What a child process imports first, so that it can import TypeScript; its environment has to hold `compiledTests`. */
export const loader = import.meta.resolve('./compiled.mjs');

/** The variables of a child process that uses `loader`. */
export const compiledTests: Readonly<Record<string, string>> =
  process.env.COMPILED_TESTS === undefined ? {} : { COMPILED_TESTS: process.env.COMPILED_TESTS };
