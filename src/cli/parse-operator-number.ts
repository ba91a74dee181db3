import type { Config } from '../config/config.ts';
import type { PhoneNumber } from '../kit/phone-number.ts';
import { UsageError } from './usage-error.ts';

/** Parses a number as an operator typed it; throws `UsageError` if it is none. */
export async function parseOperatorNumber({ defaultRegion }: Config, typed: string): Promise<PhoneNumber> {
  const { parsePhoneNumber: readPhoneNumber } = await import('../kit/phone-number.ts');
  const read = readPhoneNumber(typed, { region: undefined, defaultRegion, policy: 'possible' });
  if (!read.ok) throw new UsageError(`${typed} is no telephone number. Example: +79161234567`);
  return read.phoneNumber;
}
