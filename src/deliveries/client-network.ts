import { derive, hmac, type SecretKeys } from '../kit/secret.ts';
import { networkKeys } from '../limits/address.ts';

/** Enough that two networks never share it by chance. */
const length = 12;

/**
 * The network that a message was asked for from, as a keyed hash that leads nobody back to it: of an IPv4 address the
 * /24, also where it comes inside an IPv6 address, of others the /48, which is what one site holds at most (RFC 6177). Undefined for what is no address.
 */
export function clientNetwork(keys: SecretKeys, address: string): string | undefined {
  const widest = networkKeys(address).at(-1)!;
  if (widest === 'unknown') return undefined;
  const network = widest.includes(':') ? widest : widest.split('.').slice(0, 3).join('.');
  return hmac(derive(keys.current.key, 'client network of a delivery'), network).subarray(0, length).toString('hex');
}
