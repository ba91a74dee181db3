import {
  type PhoneNumber,
  type PhoneNumberPolicy,
  type PhoneNumberRefusal,
  type RegionCode,
  readPhoneNumber,
  readRegionCode,
} from '../kit/phone-number.ts';

/** By which rules a number is read. */
export interface NumberNeeds {
  readonly defaultRegion: RegionCode;
  readonly phoneNumberPolicy: PhoneNumberPolicy;
}

/** Reads the number that a person typed, with the country that they named, if any: for API and page alike. */
export function readNumber(
  { defaultRegion, phoneNumberPolicy }: NumberNeeds,
  typed: string,
  region: string | undefined,
):
  | { readonly ok: true; readonly phoneNumber: PhoneNumber; readonly region: RegionCode | undefined }
  | PhoneNumberRefusal
  | { ok: false; code: 'unknown_region' } {
  const named = region ? readRegionCode(region) : undefined;
  if (region && !named) return { ok: false, code: 'unknown_region' };
  const read = readPhoneNumber(typed, { region: named, defaultRegion, policy: phoneNumberPolicy });
  return read.ok ? { ok: true, phoneNumber: read.phoneNumber, region: named } : read;
}
