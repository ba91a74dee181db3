import { acceptedRegions } from '../http/language.ts';
import type { RequestHead } from '../http/server.ts';
import type { Language } from '../kit/language.ts';
import { countryOf, parsePhoneNumber, parseRegionCode } from '../kit/phone-number.ts';
import { type Region, regions } from '../kit/regions.ts';
import type { NumberNeeds } from './parse-number.ts';

/** The rules for the choice of a country. */
export type CountryNeeds = Pick<NumberNeeds, 'defaultRegion' | 'smsCountries'>;

/** A choice of at most so many countries is always complete. */
const maxShort = 8;

/** The countries that a page offers for a number, and the selected one; undefined if none is served. */
export interface CountryChoice {
  readonly selected: Region;
  readonly countries: readonly Region[];
  /** Whether these are all that are served. */
  readonly isComplete: boolean;
}

/** The countries whose numbers get a code, by name. */
export function servedCountries(language: Language, { smsCountries }: CountryNeeds): readonly Region[] {
  return regions(language).filter(({ code }) => smsCountries.has('*') || smsCountries.has(code));
}

/**
 * The choice for a request. The selected country is that of the typed number, else the chosen one, else that of the
 * browser's languages, else the default. The list has the likeliest countries, or all of them: the likeliest keep the
 * first page small (docs/decisions/044).
 */
export function countryChoice(
  request: RequestHead,
  language: Language,
  needs: CountryNeeds,
  { region, typed, all }: { region: string | undefined; typed?: string | undefined; all: boolean },
): CountryChoice | undefined {
  const served = servedCountries(language, needs);
  const wanted = [region && parseRegionCode(region), ...acceptedRegions(request), needs.defaultRegion];
  const likely = [...new Set(wanted)].flatMap((code) => served.find((country) => country.code === code) ?? []);
  const chosen = likely[0] ?? served[0];
  if (chosen === undefined) return undefined;
  const own = typed ? ownCountry(typed, chosen, served) : undefined;
  const isComplete = all || served.length <= maxShort;
  const countries = isComplete ? served : [...new Set(own ? [own, ...likely] : likely)];
  return { selected: own ?? chosen, countries, isComplete };
}

/** The country of a number that is read with the chosen country: another one may share the calling code. */
function ownCountry(typed: string, { code }: Region, served: readonly Region[]): Region | undefined {
  const parsed = parsePhoneNumber(typed, { region: code, defaultRegion: code, policy: 'possible' });
  if (!parsed.ok) return undefined;
  const { region } = countryOf(parsed.phoneNumber);
  return served.find((country) => country.code === region);
}

/** The country by which a number is read if its form has none. */
export function preselectedRegion(request: RequestHead, language: Language, needs: CountryNeeds): string | undefined {
  return countryChoice(request, language, needs, { region: undefined, all: false })?.selected.code;
}
