import { latinDigits } from '../kit/digits.ts';
import {
  type PhoneNumber,
  type PhoneNumberPolicy,
  parsePhoneNumber,
  parseRegionCode,
  type RegionCode,
} from '../kit/phone-number.ts';

/**
 * Reads a number of an earlier system. With a plus it is read as it is. Without one, its region decides, or else the
 * default region; a text that would be another number with a plus before it is refused, since nobody knows which it is.
 */
export function readImportedNumber(
  text: string,
  region: string | undefined,
  defaultRegion: RegionCode,
):
  | { readonly ok: true; readonly phoneNumber: PhoneNumber; readonly isServed?: boolean }
  | { readonly ok: false; readonly code: 'number_invalid' | 'number_ambiguous' } {
  const digits = latinDigits(text).trim();
  const parse = (written: string, policy: PhoneNumberPolicy, of?: RegionCode) =>
    parsePhoneNumber(written, { region: of, defaultRegion, policy });
  if (!/^[1-9]/.test(digits)) {
    const known = region === undefined ? undefined : parseRegionCode(region);
    const parsed = parse(digits, 'possible', known);
    return parsed.ok ? parsed : { ok: false, code: 'number_invalid' };
  }
  const known = region === undefined ? undefined : parseRegionCode(region);
  const national = parse(digits, 'valid', known);
  if (national.ok && known !== undefined) return national;
  const international = parse(`+${digits}`, 'valid');
  if (national.ok && international.ok && national.phoneNumber !== international.phoneNumber) {
    return { ok: false, code: 'number_ambiguous' };
  }
  if (national.ok) return national;
  return international.ok ? international : { ok: false, code: 'number_invalid' };
}
