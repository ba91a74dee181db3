import { isIP, isIPv6 } from 'node:net';
import { embeddedIpv4 } from './embedded-ipv4.ts';

/**
 * The part of an address that one subscriber holds, as the key of a limit: an IPv4 address whole (also inside an IPv6
 * address that a translator or a tunnel made of it), of an IPv6 address the /64 (RFC 6177). A port that a proxy adds
 * does not count, and all that is no address is one subscriber.
 */
export function addressKey(text: string): string {
  return networkKeys(text)[0]!;
}

/** The networks of an address, narrowest first: the one of `addressKey`, and of IPv6 the /56 and the /48 around it. */
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

/** The eight groups of an IPv6 address without leading zeros, or undefined for one of IPv4, embedded ones included. */
function groupsOf(address: string): string[] | undefined {
  const groups = isIPv6(address) ? expanded(address) : undefined;
  return groups && isEmbedded(groups) ? undefined : groups;
}

function isEmbedded(groups: readonly string[]): boolean {
  return embeddedIpv4(groups.map((group) => Number.parseInt(group, 16))) !== undefined;
}

function dotted(address: string): string {
  if (!isIPv6(address)) return address;
  return embeddedIpv4(expanded(address).map((group) => Number.parseInt(group, 16)))!.join('.');
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
