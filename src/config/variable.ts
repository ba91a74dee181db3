import type { Parser } from './parsers.ts';

/** A variable of the environment, and its text in `.env.example` and the README. */
export interface Variable<T> {
  readonly parser: Parser<T>;
  /** The default. */
  readonly default?: T;
  /** A description of the default, if it depends on other variables. */
  readonly defaultDescription?: { readonly en: string; readonly ru: string };
  readonly example: string;
  /** Never shown; may come from a file named in `NAME_FILE`. */
  readonly secret?: true;
  readonly en: string;
  readonly ru: string;
}

/** Builds a variable of a kind with its documentation. */
export function variable<T, const V extends Omit<Variable<NoInfer<T>>, 'parser'>>(parser: Parser<T>, documentation: V) {
  return { parser, ...documentation };
}

/** The values of variables without a problem: undefined only for an optional variable without a default. */
export type ValuesOf<V> = {
  readonly [N in keyof V]: V[N] extends { parser: Parser<infer T> }
    ? V[N] extends { required: true } | { default: unknown }
      ? T
      : T | undefined
    : never;
};

/** The values while problems are possible: undefined for a text that is not valid. */
export type ParsedValuesOf<V> = { readonly [N in keyof V]: ValuesOf<V>[N] | undefined };
