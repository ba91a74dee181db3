import { test } from 'node:test';

/**
 * The share of the full number of repetitions that a run makes: `npm run test:deep` makes all of them, `npm run test:fast`
 * as few as can be.
 */
const depth = Number(process.env.TEST_DEPTH ?? 0.1);

/**
 * How often something is repeated in this run, if `full` times is the full depth, and `min` times the least that
 * `npm test` makes.
 */
export function repetitions(full: number, min = 1): number {
  const least = depth < 0.1 ? 1 : Math.min(min, full);
  return Math.max(least, Math.ceil(full * depth));
}

/** The first of the cases in a run that is not the deep one. */
export function casesOf<T>(all: readonly T[], min: number): readonly T[] {
  return all.slice(0, repetitions(all.length, min));
}

/** The cases dealt into so many hands, by default one in each: the hand of a turn, or all of them at full depth. */
export function dealt<T>(all: readonly T[], turn: number, hands = all.length): readonly T[] {
  return isFullDepth ? all : all.filter((_, at) => at % hands === turn % hands);
}

/** Whether this run makes all repetitions. */
export const isFullDepth = depth >= 1;

/** Whether tests run that `npm test` leaves out: in the deep run, and where files are named. */
export const isDeep = isFullDepth || process.env.TEST_DEEP === 'yes';

/**
 * A test that a run of everything leaves to `npm run test:deep`. It launches the whole product several times or takes
 * one more browser, proxy or operating-system user through what another test shows. No document cites it.
 */
export const deepTest: typeof test.skip = isDeep ? test : test.skip;

/** `test` for the first of several like cases, `deepTest` for the others. */
export function testOf(isFirst: boolean): typeof test.skip {
  return isFirst ? test : deepTest;
}
