import { latinDigits } from '../kit/digits.ts';
import { type PhoneNumber, type PhoneNumberRefusal, parsePhoneNumber } from '../kit/phone-number.ts';
import { noopMetrics } from '../metrics/metrics.ts';
import { type NumberNeeds, parseNumber } from './parse-number.ts';

/** A text that is a number of two countries: with the chosen country, and with a plus before it. */
export interface TwoReadings {
  readonly ok: false;
  readonly code: 'two_readings';
  readonly readings: readonly PhoneNumber[];
}

/**
 * Reads a number that a person typed on a page, where a plus is easily forgotten: also as an international number
 * without its plus if that is a number in use. The API does not: its clients rely on one reading.
 */
export function readNumber(
  needs: NumberNeeds,
  text: string,
  region: string | undefined,
): { readonly ok: true; readonly phoneNumber: PhoneNumber } | PhoneNumberRefusal | TwoReadings {
  const international = parseWithPlus(needs, text);
  if (international === undefined) return parseNumber(needs, text, region);
  const national = parseNumber({ ...needs, metrics: noopMetrics }, text, region);
  // a landline of the country is a number of it, although it gets no code
  if (!national.ok && national.code !== 'not_a_phone_number') return parseNumber(needs, text, region);
  if (!national.ok) return { ok: true, phoneNumber: international };
  if (national.phoneNumber === international) return national;
  return { ok: false, code: 'two_readings', readings: [national.phoneNumber, international] };
}

/** The number that a text is with a plus before it; undefined if it has one, or is none that is in use. */
function parseWithPlus(needs: NumberNeeds, text: string): PhoneNumber | undefined {
  const written = latinDigits(text).trim();
  if (!/^[1-9]/.test(written)) return undefined;
  const { defaultRegion, phoneNumberPolicy, smsCountries: served } = needs;
  const policy = phoneNumberPolicy === 'possible' ? 'valid' : phoneNumberPolicy;
  const parsed = parsePhoneNumber(`+${written}`, { region: undefined, defaultRegion, policy, served });
  return parsed.ok ? parsed.phoneNumber : undefined;
}
