import type { Explained } from './mutant.ts';

/** The mutants that survive, each with its reason. */
export const explained: readonly Explained[] = [];
