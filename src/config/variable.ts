import type { Kind } from './parsers.ts';

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
export function variable<T, const V extends Omit<Variable<NoInfer<T>>, 'kind'>>(kind: Kind<T>, documentation: V) {
  return { kind, ...documentation };
}

/** The values of variables without a problem: undefined only for an optional variable without a default. */
export type ValuesOf<V> = {
  readonly [N in keyof V]: V[N] extends { kind: Kind<infer T> }
    ? V[N] extends { needed: true } | { fallback: unknown }
      ? T
      : T | undefined
    : never;
};

/** The values while problems are possible: undefined for a text that is not valid. */
export type ParsedValuesOf<V> = { readonly [N in keyof V]: ValuesOf<V>[N] | undefined };
