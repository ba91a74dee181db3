import type { Kind } from './kinds.ts';

/** A variable of the environment, and its text in `.env.example` and the README. */
export interface Variable<T> {
  readonly kind: Kind<T>;
  /** The default. */
  readonly fallback?: T;
  /** A description of the default, if it depends on other variables. */
  readonly otherwise?: { readonly en: string; readonly ru: string };
  readonly example: string;
  /** Never shown; may come from a file named in `NAME_FILE`. */
  readonly secret?: true;
  readonly en: string;
  readonly ru: string;
}

/** Builds a variable of a kind with its documentation. */
export function variable<T>(kind: Kind<T>, told: Omit<Variable<NoInfer<T>>, 'kind'>): Variable<T> {
  return { kind, ...told };
}
