/** The languages of every text of ours, as BCP 47 tags. */
export const languages = ['ru', 'en', 'de', 'es', 'tr', 'kk'] as const;

/** A BCP 47 tag from `languages`. */
export type Language = (typeof languages)[number];

/** A text, or a set of texts of one form, in every language. */
export type InEachLanguage<T> = Record<Language, T>;

/** A value for each language. */
export function forEachLanguage<T>(make: (language: Language) => T): InEachLanguage<T> {
  return {
    ru: make('ru'),
    en: make('en'),
    de: make('de'),
    es: make('es'),
    tr: make('tr'),
    kk: make('kk'),
  };
}

/** The text as one of our languages, or undefined. */
export function asLanguage(text: unknown): Language | undefined {
  return languages.find((language) => language === text);
}

/** Countries where CLDR expects another of our languages than the official one. */
const official: Readonly<Record<string, Language>> = { KZ: 'kk' };

/** The language of most people in a country (CLDR, likely subtags), if it is one of ours. */
export function languageOfCountry(region: string): Language | undefined {
  if (!/^[A-Z]{2}$/.test(region)) return undefined;
  return official[region] ?? asLanguage(new Intl.Locale(`und-${region}`).maximize().language);
}
