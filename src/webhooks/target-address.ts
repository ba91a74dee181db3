import { isIPv6 } from 'node:net';
import { ipv6Groups } from '../limits/client-ip.ts';
import { embeddedIpv4 } from '../limits/embedded-ipv4.ts';
import { type IpNetwork, isInNetwork, parseNetwork } from '../limits/ip-network.ts';

/**
 * Whether a webhook may go to an address: to each public one, and to networks that are allowed by hand. An IPv4 address
 * inside an IPv6 one (mapped, NAT64, 6to4, Teredo) counts as that IPv4 address.
 */
export function isAllowedTarget(address: string, allowed: readonly IpNetwork[]): boolean {
  return allowed.some((network) => isInNetwork(network, address)) || isPublic(address);
}

function isPublic(address: string): boolean {
  if (address.includes('%')) return false;
  if (!isIPv6(address)) return !closed.some((network) => isInNetwork(network, address));
  const groups = ipv6Groups(address).map((group) => Number.parseInt(group, 16));
  const embedded = embeddedIpv4(groups);
  if (embedded) return isPublic(embedded.join('.'));
  return isInNetwork(globalUnicast, address) && !closed.some((network) => isInNetwork(network, address));
}

/** The networks that are not public: the special-purpose registries of IANA (RFC 6890), and multicast. */
const closed = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '2001::/23',
  '2001:db8::/32',
  '3fff::/20',
].map(networkOf);
/** Everything else in IPv6 is loopback, link-local, unique-local, multicast or reserved. */
const globalUnicast = networkOf('2000::/3');

function networkOf(text: string): IpNetwork {
  const parsed = parseNetwork(text);
  if (!parsed.ok) throw new Error(`${text} is no network`);
  return parsed.network;
}
