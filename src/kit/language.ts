/** The languages of every text of ours, as BCP 47 tags. */
export const languages = ['ru', 'en'] as const;

/** A BCP 47 tag from `languages`. */
export type Language = (typeof languages)[number];

/** A text, or a set of texts of one form, in every language. */
export type InEachLanguage<T> = Record<Language, T>;
