import type { CountryCode, PhoneNumber as LibraryNumber } from 'libphonenumber-js/max';
import { latinDigits } from './digits.ts';
import type { Language } from './language.ts';
import { ownCountry, uniformMobileCountry } from './numbering-plans.ts';
import { isSupportedCountry, parse } from './phone-library.ts';

/**
 * A telephone number in E.164: `+`, country code, subscriber number, fifteen digits at most. Two spellings of a number
 * give the same string.
 */
export type PhoneNumber = string & { readonly e164: unique symbol };

/** A country as in ISO 3166-1 alpha-2, or a territory with a numbering plan of its own. */
export type RegionCode = CountryCode;

/** The accepted numbers: of a possible length, of a range in use, or of a mobile range in use. */
export const phoneNumberPolicies = ['possible', 'valid', 'mobile'] as const;
/** A member of `phoneNumberPolicies`. */
export type PhoneNumberPolicy = (typeof phoneNumberPolicies)[number];

/** The served countries: ISO codes, `*` for every country, and calling codes without a country, as `+881`. */
export type ServedCountries = ReadonlySet<string>;

/**
 * The reason for which a text is not accepted as a number. `country` is an ISO code, or the calling code of a number without a
 * country.
 */
export type PhoneNumberRefusal = { readonly ok: false } & (
  | { readonly code: 'not_a_phone_number' }
  | { readonly code: 'unknown_region' }
  | { readonly code: 'mobile_number_needed' }
  | { readonly code: 'country_not_served'; readonly country: string }
);

const maxLength = 250;
const notANumber: PhoneNumberRefusal = { ok: false, code: 'not_a_phone_number' };
const notMobile: PhoneNumberRefusal = { ok: false, code: 'mobile_number_needed' };

/**
 * Parses a number in international form, or in the national form of a region: with spaces, dashes, brackets, invisible
 * marks, in any script's digits, with `00` for `+`, as a `tel:` link (RFC 3966). All spellings give one string. An
 * extension in a `tel:` link (`;ext=`) is dropped, because no message reaches it. Letters are refused, and so are a
 * comma (a pause before digits that are no part of the number), a number within a private plan (`;phone-context=` with
 * a domain), and text that only contains a number. Second spellings of some countries are unified if the library's
 * metadata know them, as Argentina's 15 and trunk zeros. Others are refused, as Mexico's former `+52 1`, or remain two
 * numbers, as Argentina's without the 9 and Brazil's former one of eight digits, which only the policy `mobile` surely
 * refuses. Without `served`, a number of any country is accepted, and one without a country too.
 */
export function parsePhoneNumber(
  text: string,
  {
    region,
    defaultRegion,
    policy,
    served,
  }: {
    region: RegionCode | undefined;
    defaultRegion: RegionCode;
    policy: PhoneNumberPolicy;
    served?: ServedCountries | undefined;
  },
): { readonly ok: true; readonly phoneNumber: PhoneNumber } | PhoneNumberRefusal {
  if (text.length > maxLength) return notANumber;
  const plain = plainSpelling(text);
  if (plain === undefined) return notANumber;
  const number = parseUntilStable(plain, region ?? defaultRegion);
  // short numbers belong to emergency services, carriers and companies
  if (number === undefined) return /^\d{3,6}$/.test(plain) ? notMobile : notANumber;
  if (served !== undefined && !isServed(number, served)) {
    return { ok: false, code: 'country_not_served', country: ownCountry(number) ?? `+${number.countryCallingCode}` };
  }
  const refusal = policy === 'possible' ? undefined : refusalByType(number, policy);
  if (refusal) return refusal;
  return { ok: true, phoneNumber: e164(number) };
}

function e164({ number }: LibraryNumber): PhoneNumber {
  // the only place that makes a `PhoneNumber`: the library has its own brand for E.164
  return number as string as PhoneNumber;
}

function isServed(number: LibraryNumber, served: ServedCountries): boolean {
  const country = ownCountry(number);
  if (country === undefined) return served.has(`+${number.countryCallingCode}`);
  return served.has('*') || served.has(country);
}

/** Checks a number by the use of its range, or by the form of its country's mobile numbers if the range is unknown. */
function refusalByType(number: LibraryNumber, policy: 'valid' | 'mobile'): PhoneNumberRefusal | undefined {
  const type = number.isValid() ? number.getType() : undefined;
  if (type === undefined) {
    return uniformMobileCountry(number.countryCallingCode, number.nationalNumber) ? undefined : notANumber;
  }
  return policy === 'valid' || /MOBILE/.test(type) ? undefined : notMobile;
}

/**
 * Parses a spelling again until the result no longer changes: the library drops one trunk zero a parse, and two strings
 * for one number would have two rate limits and two accounts. Undefined if the number is not possible, as a local one.
 */
function parseUntilStable(text: string, defaultCountry: RegionCode): LibraryNumber | undefined {
  const number = parse(text, { defaultCountry, extract: false });
  if (!number?.isPossible()) return undefined;
  if (number.number === text) return number;
  // each parse of an international spelling removes digits, so this ends
  const isStable = !text.startsWith('+') || number.number.length < text.length;
  return isStable ? parseUntilStable(number.number, defaultCountry) : undefined;
}

/** Parses a region code in any case; undefined if it is unknown. */
export function parseRegionCode(text: string): RegionCode | undefined {
  const code = text.trim();
  // the upper case of ß is SS, which is South Sudan
  if (!/^[a-z]{2}$/i.test(code)) return undefined;
  const upper = code.toUpperCase();
  return isSupportedCountry(upper) ? upper : undefined;
}

/** Formats a number for people, in international form. */
export function formatPhoneNumber(phoneNumber: PhoneNumber): string {
  return parse(phoneNumber)?.formatInternational() ?? phoneNumber;
}

/** Masks a number for logs and strangers: its country code and its last two digits remain (`+7 •••••••• 67`). */
export function maskPhoneNumber(phoneNumber: PhoneNumber): string {
  const country = callingCode.exec(phoneNumber)?.[1] ?? '';
  const hidden = phoneNumber.length - 1 - country.length - 2;
  return `+${country} ${'•'.repeat(Math.max(0, hidden))} ${phoneNumber.slice(-2)}`;
}

/**
 * The assigned calling codes (ITU-T E.164), written out so that masking needs no metadata. PostgreSQL uses the same
 * pattern.
 */
export const callingCode = new RegExp(
  `^\\+(${[
    '[17]|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]',
    '21[12368]|22\\d|23\\d|24\\d|25[0-8]|26\\d|29[01789]|35\\d|37[0-8]|38[0-35-79]|42[013]',
    '50\\d|59\\d|67[02-9]|68[0-35-9]|69[0-2]|80[08]|85[02356]|87[08]|88[0-368]|96[0-8]|97[0-79]|99[2-68]',
  ].join('|')})`,
);

/** Reduces a spelling to digits and a plus; undefined if it contains anything that no number has. */
function plainSpelling(text: string): string | undefined {
  const written = latinDigits(text).trim().replace(/^tel:/i, '');
  const [number = '', ...parameters] = written.split(';').map(withoutSigns);
  if (!parameters.every((entry) => parameter.test(entry))) return undefined;
  const context = parameters.find((entry) => /^phonecontext=/i.test(entry))?.split('=')[1];
  const completed = context && !number.startsWith('+') ? context + number : number;
  const international = completed.replace(/^00(?=[1-9])/, '+');
  return /^\+?\d{2,}$/.test(international) ? international : undefined;
}

/** The parameters that RFC 3966 allows after a number, without separators. */
const parameter = /^(?:ext=\d+|isub=[\w%:?&=+$!*']+|phonecontext=\+\d+)$/i;

/** Removes spaces, dashes, brackets, dots, slashes and invisible marks. */
function withoutSigns(text: string): string {
  return text.replace(/[\s\p{Pd}\p{Ps}\p{Pe}\p{DI}\u2212\u2043\u2500\u30fc.\u3002·•\u30fb/\u2215\\_~]/gu, '');
}

/** The country of a number: its region, `001` if it has no country, and its calling code. */
export function countryOf(phoneNumber: PhoneNumber): { readonly region: string; readonly callingCode: string } {
  const number = parse(phoneNumber);
  const region = number && ownCountry(number);
  return { region: region ?? '001', callingCode: number?.countryCallingCode ?? phoneNumber.slice(1, 2) };
}

/** The calling codes without a country: satellite, personal, toll-free and other international services. */
export const callingCodesWithoutCountry = ['800', '808', '870', '878', '881', '882', '883', '888', '979'] as const;

/** The name of a country in a language; undefined for a calling code without a country. */
export function countryName(language: Language, country: string): string | undefined {
  if (country.startsWith('+')) return undefined;
  return new Intl.DisplayNames(language, { type: 'region' }).of(country) ?? country;
}
