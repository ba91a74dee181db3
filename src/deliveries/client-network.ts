import { lastOf } from '../kit/present.ts';
import { derive, hmac, type SecretKeys } from '../kit/secret.ts';
import { networkKeys } from '../limits/client-ip.ts';

/** Long enough that two networks never share it by chance. */
const length = 12;

/**
 * The client network of a request, as a keyed hash that leads nobody back to it: the /24 of an IPv4 address, also
 * inside an IPv6 address, and the /48 of any other, which is the most that one site holds (RFC 6177). Undefined for any
 * other text.
 */
export function clientNetwork(keys: SecretKeys, clientIp: string): string | undefined {
  const widest = lastOf(networkKeys(clientIp));
  if (widest === 'unknown') return undefined;
  const network = widest.includes(':') ? widest : widest.split('.').slice(0, 3).join('.');
  return hmac(derive(keys.current.key, 'client network of a delivery'), network).subarray(0, length).toString('hex');
}
