import { createRequire } from 'node:module';
import type * as Library from 'libphonenumber-js/max';

let loaded: typeof Library | undefined;

/** The library, loaded at first use: reading its metadata takes a fifth of a second, and few commands need it. */
function library(): typeof Library {
  loaded ??= createRequire(import.meta.url)('libphonenumber-js/max') as typeof Library;
  return loaded;
}

/** Parses a number, as `parsePhoneNumberFromString` of the library. */
export function parse(text: string, options?: { defaultCountry?: Library.CountryCode; extract?: boolean }) {
  return library().parsePhoneNumberFromString(text, options);
}

/** As the library has them. */
export function getCountries(): Library.CountryCode[] {
  return library().getCountries();
}

/** As the library has it. */
export function getCountryCallingCode(country: Library.CountryCode): Library.CountryCallingCode {
  return library().getCountryCallingCode(country);
}

/** As the library has it. */
export function isSupportedCountry(country: string): country is Library.CountryCode {
  return library().isSupportedCountry(country);
}

/** A mobile number of a country that belongs to nobody, as the library has it. */
export function getExampleNumber(country: Library.CountryCode): Library.PhoneNumber | undefined {
  const examples = createRequire(import.meta.url)('libphonenumber-js/mobile/examples') as Library.Examples;
  return library().getExampleNumber(country, examples);
}

/** Loads the library in advance, for a process that will need it while somebody waits. */
export function loadPhoneLibrary(): void {
  library();
}
