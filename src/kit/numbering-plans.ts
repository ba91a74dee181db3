import type { PhoneNumber as LibraryNumber } from 'libphonenumber-js/max';
import { getCountries, getCountryCallingCode } from './phone-library.ts';

/**
 * Mobile numbers of countries whose plan gives whole leading digits to mobile networks, by the form of the national
 * number. The form also covers ranges that a regulator opened after our metadata were made (docs/decisions/031).
 */
const mobileForms: Readonly<Record<string, RegExp>> = {
  AE: /^5\d{8}$/,
  AU: /^4\d{8}$/,
  BE: /^4\d{8}$/,
  BR: /^[1-9][1-9]9\d{8}$/,
  CH: /^7[5-9]\d{7}$/,
  CN: /^1[3-9]\d{9}$/,
  EG: /^1[0125]\d{8}$/,
  ES: /^6\d{8}$/,
  FI: /^4\d{8}$/,
  FR: /^(?:6\d|7[3-9])\d{7}$/,
  GB: /^7[1-57-9]\d{8}$/,
  GR: /^69\d{8}$/,
  IE: /^8[35-9]\d{7}$/,
  IL: /^5\d{8}$/,
  IT: /^3\d{9}$/,
  JP: /^[6-9]0[1-9]\d{7}$/,
  KR: /^10\d{8}$/,
  MA: /^[67]\d{8}$/,
  NL: /^6[1-58]\d{7}$/,
  NO: /^[49]\d{7}$/,
  PH: /^9\d{9}$/,
  PK: /^3\d{9}$/,
  PT: /^9[1236]\d{7}$/,
  RO: /^7\d{8}$/,
  RU: /^9\d{9}$/,
  SA: /^5\d{8}$/,
  SE: /^7[02369]\d{7}$/,
  TR: /^5[3-5]\d{8}$/,
};

/** The countries whose mobile numbers are recognized by their form. */
export const uniformCountries: readonly string[] = Object.keys(mobileForms);

/** The country whose plan makes a number a mobile one by its form alone; undefined if there is none. */
export function uniformMobileCountry(callingCode: string, nationalNumber: string): string | undefined {
  return uniformCountries.find(
    (country) =>
      getCountryCallingCode(country as 'RU') === callingCode && mobileForms[country]?.test(nationalNumber) === true,
  );
}

/**
 * The country of a number, even if several share a calling code; for an unknown range the main one of them. Undefined
 * for satellite and other numbers without a country.
 */
export function ownCountry(number: LibraryNumber): string | undefined {
  if (number.country !== undefined) return number.country;
  return uniformMobileCountry(number.countryCallingCode, number.nationalNumber) ?? mainCountry(number);
}

/**
 * The main country of a calling code, from which leading digits distinguish the others, in the order of E.164's owners.
 */
function mainCountry({ countryCallingCode }: LibraryNumber): string | undefined {
  const main = mainCountries[countryCallingCode];
  return main ?? getCountries().find((country) => getCountryCallingCode(country) === countryCallingCode);
}

const mainCountries: Readonly<Record<string, string>> = {
  1: 'US',
  7: 'RU',
  39: 'IT',
  44: 'GB',
  47: 'NO',
  61: 'AU',
  212: 'MA',
  262: 'RE',
  290: 'SH',
  358: 'FI',
  590: 'GP',
  599: 'CW',
};

/** Whether a country is the main one of its calling code. */
export function isMainCountry(country: string, callingCode: string): boolean {
  return (mainCountries[callingCode] ?? country) === country;
}
