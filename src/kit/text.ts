import type { Language } from './language.ts';

declare const placeholders: unique symbol;

/** A text with placeholders in braces, such as `{code}`; `fill` puts values in their place. */
export type Template<P extends string> = string & { readonly [placeholders]?: P };

/** The plural categories of each language (CLDR), which `Intl.PluralRules` chooses from. */
export interface PluralCategories {
  readonly ru: 'one' | 'few' | 'many' | 'other';
  readonly en: 'one' | 'other';
  readonly de: 'one' | 'other';
  readonly es: 'one' | 'many' | 'other';
  readonly tr: 'one' | 'other';
  readonly kk: 'one' | 'other';
}

/** The forms of a text by its `{count}`; every language has the form `other`. */
export type PluralText<P extends string> = { readonly other: Template<P> } & {
  readonly [category in Intl.LDMLPluralRule]?: Template<P>;
};

type NamesIn<T> = T extends `${string}{${infer Name}}${infer Rest}` ? Name | NamesIn<Rest> : never;

/** The texts of a language: those of the English `T`, with the same placeholders and the plural forms of the language. */
export type TextsIn<L extends Language, T> = {
  readonly [K in keyof T]: T[K] extends { readonly other: infer Other }
    ? { readonly [category in PluralCategories[L]]: Template<NamesIn<Other>> }
    : T[K] extends string
      ? Template<NamesIn<T[K]>>
      : T[K] extends readonly string[]
        ? readonly string[]
        : TextsIn<L, T[K]>;
};

/** The same texts in any language. */
export type TextsLike<T> = {
  readonly [K in keyof T]: T[K] extends { readonly other: infer Other }
    ? PluralText<NamesIn<Other>>
    : T[K] extends string
      ? Template<NamesIn<T[K]>>
      : T[K] extends readonly string[]
        ? readonly string[]
        : TextsLike<T[K]>;
};

/** A text with values in the place of its placeholders. */
export function fill<P extends string>(template: Template<P>, values: Readonly<Record<P, string | number>>): string {
  const byName: Readonly<Record<string, string | number>> = values;
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => String(byName[name] ?? whole));
}

/** The form of a text for `count`, with its values in place, by the plural rules of the language. */
export function fillCount<P extends string>(
  language: Language,
  text: PluralText<P>,
  values: Readonly<Record<P, string | number>> & { readonly count: number },
): string {
  return fill(text[new Intl.PluralRules(language).select(values.count)] ?? text.other, values);
}

/** The direction of a text, by its first letter that has one. */
export function directionOf(text: string): 'ltr' | 'rtl' {
  return /^\P{L}*[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}]/u.test(text) ? 'rtl' : 'ltr';
}
