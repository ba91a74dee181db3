import type { Language } from './language.ts';
import { leadingDigits } from './leading-digits.ts';
import { isMainCountry } from './numbering-plans.ts';
import { getCountries, getCountryCallingCode, getExampleNumber } from './phone-library.ts';
import type { RegionCode } from './phone-number.ts';

/** A region to choose for a number. */
export interface Region {
  readonly code: RegionCode;
  readonly name: string;
  /** Without a plus. */
  readonly callingCode: string;
  /** A mobile number without its calling code, each digit as #: how a number is grouped while it is typed. */
  readonly pattern: string;
  /** The same with the trunk prefix, which is its first digit; empty if numbers have none. */
  readonly trunkPattern: string;
  /** Whether a number of this calling code belongs here until its further digits are known. */
  readonly isMain: boolean;
  /**
   * The first digits of its numbers, separated by spaces, if countries share the calling code: none for the main one.
   * Undefined if the country has its calling code alone.
   */
  readonly leadingDigits: string | undefined;
}

const cache = new Map<Language, readonly Region[]>();
let plans: readonly Omit<Region, 'name'>[] | undefined;

/** All regions, sorted by their names in the language. */
export function regions(language: Language): readonly Region[] {
  let sorted = cache.get(language);
  if (sorted === undefined) {
    plans ??= getCountries().map(toPlan);
    const names = new Intl.DisplayNames(language, { type: 'region' });
    const { compare } = new Intl.Collator(language);
    sorted = plans
      .map((plan) => ({ ...plan, name: names.of(plan.code) ?? plan.code }))
      .sort((a, b) => compare(a.name, b.name));
    cache.set(language, sorted);
  }
  return sorted;
}

function toPlan(code: RegionCode): Omit<Region, 'name'> {
  const callingCode = getCountryCallingCode(code);
  const example = getExampleNumber(code);
  const international = example?.formatInternational().slice(callingCode.length + 2) ?? '';
  const national = example?.formatNational() ?? '';
  const hasTrunk = digitsIn(national) === digitsIn(international) + 1;
  const pattern = slots(international);
  const trunkPattern = hasTrunk ? national.charAt(0) + slots(national.slice(1)) : '';
  return {
    code,
    callingCode,
    pattern,
    trunkPattern,
    isMain: isMainCountry(code, callingCode),
    leadingDigits: leadingDigits[code],
  };
}

function slots(text: string): string {
  return text.replace(/\d/g, '#');
}

function digitsIn(text: string): number {
  return text.replace(/\D/g, '').length;
}
