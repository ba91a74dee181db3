import {
  type PhoneNumber,
  type PhoneNumberPolicy,
  type PhoneNumberRefusal,
  type RegionCode,
  readPhoneNumber,
  readRegionCode,
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
export function readNumber(
  needs: NumberNeeds,
  typed: string,
  region: string | undefined,
):
  | { readonly ok: true; readonly phoneNumber: PhoneNumber; readonly region: RegionCode | undefined }
  | PhoneNumberRefusal {
  const named = region ? readRegionCode(region) : undefined;
  if (region && !named) return { ok: false, code: 'unknown_region' };
  const { defaultRegion, phoneNumberPolicy: policy, smsCountries: served, testNumbers, metrics } = needs;
  const read = readPhoneNumber(typed, { region: named, defaultRegion, policy, served });
  if (read.ok) return { ...read, region: named };
  const possible = readPhoneNumber(typed, { region: named, defaultRegion, policy: 'possible' });
  if (possible.ok && testNumbers.has(possible.phoneNumber)) return { ...possible, region: named };
  metrics.numberRefused(read.code, read.code === 'country_not_served' ? read.country : undefined);
  return read;
}
