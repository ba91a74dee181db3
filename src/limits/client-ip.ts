import { isIP, isIPv6 } from 'node:net';
import { firstOf } from '../kit/present.ts';
import { embeddedIpv4 } from './embedded-ipv4.ts';

/**
 * The part of an IP address that one subscriber holds, as the key of a rate limit: a whole IPv4 address (also inside an
 * IPv6 address of a translator or a tunnel), or the /64 of an IPv6 address (RFC 6177). A port that a proxy adds is
 * ignored, and all texts that are no IP address count as one subscriber.
 */
export function clientIpKey(text: string): string {
  return firstOf(networkKeys(text));
}

/** The networks of an IP address, narrowest first: that of `clientIpKey`, and for IPv6 the /56 and the /48 around it. */
export function networkKeys(text: string): readonly string[] {
  const address = withoutPort(text);
  if (!isIP(address)) return ['unknown'];
  const groups = groupsOf(address);
  if (!groups) return [dotted(address)];
  const [first, second, third, fourth = '0'] = groups;
  const site = `${first}:${second}:${third}`;
  const block = (Number.parseInt(fourth, 16) & 0xff00).toString(16);
  return [`${site}:${fourth}::/64`, `${site}:${block}::/56`, `${site}::/48`];
}

/**
 * Masks an IP address for its owner and for logs: IPv4 without its last number, IPv6 without its last 80 bits; empty for
 * any other text.
 */
export function maskIp(text: string): string {
  const address = withoutPort(text);
  if (!isIP(address)) return '';
  const groups = groupsOf(address);
  return groups ? `${groups.slice(0, 3).join(':')}::` : dotted(address).replace(/\.\d+$/, '.x');
}

/** An IP address as PostgreSQL reads it: IPv4 also from inside an IPv6 address; undefined for any other text. */
export function plainIp(text: string): string | undefined {
  const address = withoutPort(text);
  if (!isIP(address)) return undefined;
  const groups = groupsOf(address);
  return groups ? groups.join(':') : dotted(address);
}

function withoutPort(text: string): string {
  return text.replace(/^\[(.*)\](?::\d+)?$/, '$1').replace(/^([\d.]+):\d+$/, '$1');
}

/** The eight groups of an IPv6 address without leading zeros; undefined for IPv4, embedded or not. */
function groupsOf(address: string): string[] | undefined {
  const groups = isIPv6(address) ? ipv6Groups(address) : undefined;
  return groups && isEmbedded(groups) ? undefined : groups;
}

function isEmbedded(groups: readonly string[]): boolean {
  return embeddedIpv4(groups.map((group) => Number.parseInt(group, 16))) !== undefined;
}

function dotted(address: string): string {
  const embedded = isIPv6(address)
    ? embeddedIpv4(ipv6Groups(address).map((group) => Number.parseInt(group, 16)))
    : undefined;
  return embedded?.join('.') ?? address;
}

/** The eight groups of an IPv6 address, each in hexadecimal without leading zeros. */
export function ipv6Groups(address: string): string[] {
  // the URL parser writes an address in its shortest form (RFC 5952), but knows no zones
  const shortest = new URL(`http://[${address.replace(/%.*$/, '')}]/`).hostname.slice(1, -1);
  const [head = '', tail] = shortest.split('::');
  const headGroups = head === '' ? [] : head.split(':');
  if (tail === undefined) return headGroups;
  const tailGroups = tail === '' ? [] : tail.split(':');
  return [...headGroups, ...Array<string>(8 - headGroups.length - tailGroups.length).fill('0'), ...tailGroups];
}
