import type { Language } from './language.ts';

/** The forms of a word by a count: Russian has one, few and many, English one and many. */
export interface PluralForms {
  readonly one: string;
  readonly few?: string;
  readonly many: string;
}

/** The form for the count, by the CLDR plural rules of the language. */
export function plural(language: Language, count: number, forms: PluralForms): string {
  const rule = new Intl.PluralRules(language).select(count);
  if (rule === 'one') return forms.one;
  return rule === 'few' ? (forms.few ?? forms.many) : forms.many;
}
