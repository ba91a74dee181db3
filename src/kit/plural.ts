import type { Language } from './language.ts';

/** The words that a count takes: Russian has one, few and many, English one and many. */
export interface PluralForms {
  readonly one: string;
  readonly few?: string;
  readonly many: string;
}

/** The form that goes with the count, by the CLDR plural rules of the language. */
export function plural(language: Language, count: number, forms: PluralForms): string {
  const rule = new Intl.PluralRules(language).select(count);
  if (rule === 'one') return forms.one;
  return rule === 'few' ? (forms.few ?? forms.many) : forms.many;
}
