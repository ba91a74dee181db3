import type { Kind } from './kinds.ts';

/** One variable of the environment, and what `.env.example` and the README say of it. */
export interface Variable<T> {
  readonly kind: Kind<T>;
  /** What holds where nothing is given. */
  readonly fallback?: T;
  /** The same in words, where it depends on other variables. */
  readonly otherwise?: { readonly en: string; readonly ru: string };
  readonly example: string;
  /** Never shown, and may come from a file named in `NAME_FILE`. */
  readonly secret?: true;
  readonly en: string;
  readonly ru: string;
}

/** A variable of a kind, with what is said of it. */
export function variable<T>(kind: Kind<T>, told: Omit<Variable<NoInfer<T>>, 'kind'>): Variable<T> {
  return { kind, ...told };
}
