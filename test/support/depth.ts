/** The share of the full number of repetitions that a run makes: `npm run test:deep` makes all of them. */
const depth = Number(process.env.TEST_DEPTH ?? 0.1);

/** How often something is repeated in this run, if `full` times is the full depth. */
export function repetitions(full: number, min = 1): number {
  return Math.max(Math.min(min, full), Math.ceil(full * depth));
}

/** The first of the cases in a run that is not the deep one. */
export function casesOf<T>(all: readonly T[], min: number): readonly T[] {
  return all.slice(0, repetitions(all.length, min));
}

/** One of the cases in its turn, or all of them at full depth. */
export function dealt<T>(all: readonly T[], turn: number): readonly T[] {
  return depth >= 1 ? all : all.filter((_, at) => at === turn % all.length);
}
