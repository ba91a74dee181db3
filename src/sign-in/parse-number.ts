import {
  type PhoneNumber,
  type PhoneNumberPolicy,
  type PhoneNumberRefusal,
  parsePhoneNumber,
  parseRegionCode,
  type RegionCode,
  type ServedCountries,
} from '../kit/phone-number.ts';
import type { Metrics } from '../metrics/metrics.ts';

/** The rules for parsing a number. */
export interface NumberNeeds {
  readonly defaultRegion: RegionCode;
  readonly phoneNumberPolicy: PhoneNumberPolicy;
  readonly smsCountries: ServedCountries;
  /** Test numbers with a code of their own: no message goes to them, so any country and any type is accepted. */
  readonly testNumbers: ReadonlyMap<string, string>;
  readonly metrics: Metrics;
}

/** Parses a submitted number, with the chosen country, if any; the same for API and pages. */
export function parseNumber(
  needs: NumberNeeds,
  text: string,
  region: string | undefined,
):
  | { readonly ok: true; readonly phoneNumber: PhoneNumber; readonly region: RegionCode | undefined }
  | PhoneNumberRefusal {
  const chosenRegion = region ? parseRegionCode(region) : undefined;
  if (region && !chosenRegion) return { ok: false, code: 'unknown_region' };
  const { defaultRegion, phoneNumberPolicy: policy, smsCountries: served, testNumbers, metrics } = needs;
  const parsed = parsePhoneNumber(text, { region: chosenRegion, defaultRegion, policy, served });
  if (parsed.ok) return { ...parsed, region: chosenRegion };
  const withoutPlan = parsePhoneNumber(text, { region: chosenRegion, defaultRegion, policy: 'possible' });
  if (withoutPlan.ok && testNumbers.has(withoutPlan.phoneNumber)) return { ...withoutPlan, region: chosenRegion };
  metrics.numberRefused(parsed.code, parsed.code === 'country_not_served' ? parsed.country : undefined);
  return parsed;
}
