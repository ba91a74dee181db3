import { preferredLanguage } from '../http/language.ts';
import type { Request } from '../http/server.ts';
import { asLanguage, type Language, languageOfCountry } from '../kit/language.ts';
import { countryOf, type PhoneNumber } from '../kit/phone-number.ts';

/** The language of a message: the one that the client prefers, else that of the country of the number, else the default. */
export function messageLanguage(request: Request, phoneNumber: PhoneNumber): Language {
  return preferredLanguage(request) ?? languageOfCountry(countryOf(phoneNumber).region) ?? request.server.defaultLocale;
}

/** The same for a client that names a locale (BCP 47), or none. */
export function messageLanguageFor(
  locale: string | undefined,
  phoneNumber: PhoneNumber,
  defaultLocale: Language,
): Language {
  const [language = ''] = (locale ?? '').toLowerCase().split(/[-_]/);
  return asLanguage(language) ?? languageOfCountry(countryOf(phoneNumber).region) ?? defaultLocale;
}
