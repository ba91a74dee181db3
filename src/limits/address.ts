import { isIP, isIPv6 } from 'node:net';

/**
 * The part of an address that one subscriber holds, as the key of a limit: an IPv4 address whole (also where it comes
 * mapped into IPv6), of an IPv6 address the /64 (RFC 6177). A port that a proxy adds does not count, and all that is no
 * address is one subscriber.
 */
export function addressKey(text: string): string {
  const address = withoutPort(text);
  if (!isIP(address)) return 'unknown';
  const groups = groupsOf(address);
  return groups ? `${groups.slice(0, 4).join(':')}::/64` : dotted(address);
}

/**
 * An address for the eyes of its owner and for logs: IPv4 without its last number, IPv6 without its last 80 bits, and
 * nothing of what is no address.
 */
export function maskAddress(text: string): string {
  const address = withoutPort(text);
  if (!isIP(address)) return '';
  const groups = groupsOf(address);
  return groups ? `${groups.slice(0, 3).join(':')}::` : dotted(address).replace(/\.\d+$/, '.x');
}

function withoutPort(text: string): string {
  return text.replace(/^\[(.*)\](?::\d+)?$/, '$1').replace(/^([\d.]+):\d+$/, '$1');
}

/** The eight groups of an IPv6 address without leading zeros, or undefined for an IPv4 address, mapped ones included. */
function groupsOf(address: string): string[] | undefined {
  const groups = isIPv6(address) ? expanded(address) : undefined;
  return groups && isMapped(groups) ? undefined : groups;
}

function dotted(address: string): string {
  if (!isIPv6(address)) return address;
  return expanded(address)
    .slice(6)
    .map((group) => Number.parseInt(group, 16))
    .flatMap((group) => [group >> 8, group & 255])
    .join('.');
}

function isMapped(groups: string[]): boolean {
  return groups[5] === 'ffff' && groups.slice(0, 5).every((group) => group === '0');
}

function expanded(address: string): string[] {
  // the URL parser writes an address in its shortest form (RFC 5952), but knows no zones
  const shortest = new URL(`http://[${address.replace(/%.*$/, '')}]/`).hostname.slice(1, -1);
  const [head = '', tail] = shortest.split('::');
  const front = head === '' ? [] : head.split(':');
  if (tail === undefined) return front;
  const back = tail === '' ? [] : tail.split(':');
  return [...front, ...Array<string>(8 - front.length - back.length).fill('0'), ...back];
}
