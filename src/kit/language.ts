/** The languages that every sentence of ours exists in, as BCP 47 tags. */
export const languages = ['ru', 'en'] as const;

/** One of our languages. */
export type Language = (typeof languages)[number];

/** A sentence, or a set of sentences of one form, in every language. */
export type InEachLanguage<T> = Record<Language, T>;
