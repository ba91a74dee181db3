import { isIPv4, isIPv6 } from 'node:net';
import { ipv6Groups } from './client-ip.ts';

/** A network in CIDR notation (RFC 4632): the bytes of its address, and the length of its prefix in bits. */
export interface IpNetwork {
  readonly bytes: readonly number[];
  readonly bits: number;
}

/** A parsed network, or the reason that a text is none. */
export type ParsedNetwork =
  | { readonly ok: true; readonly network: IpNetwork }
  | { readonly ok: false; readonly reason: 'no_network' }
  /** Bits after the prefix are set, which is mostly a slip: `meant` has none. */
  | { readonly ok: false; readonly reason: 'host_bits'; readonly meant: string };

/** Parses a network such as `192.0.2.0/24` or `2001:db8::/32`; an address without a prefix is a network of one address. */
export function parseNetwork(text: string): ParsedNetwork {
  const [, address = '', prefix] = /^([\da-f.:]+)(?:\/(\d{1,3}))?$/i.exec(text) ?? [];
  const bytes = bytesOf(address);
  if (!bytes) return { ok: false, reason: 'no_network' };
  const isMapped = bytes.length === 4 && isIPv6(address);
  const bits = prefix === undefined ? bytes.length * 8 : Number(prefix) - (isMapped ? 96 : 0);
  if (bits < 0 || bits > bytes.length * 8 || /^0\d/.test(prefix ?? '')) return { ok: false, reason: 'no_network' };
  const network = { bytes: bytes.map((byte, index) => byte & maskOf(index, bits)), bits };
  const hasHostBits = network.bytes.some((byte, index) => byte !== bytes[index]);
  if (hasHostBits) return { ok: false, reason: 'host_bits', meant: formatNetwork(network) };
  return { ok: true, network };
}

/** The text of a network, the same for each spelling. */
export function formatNetwork({ bytes, bits }: IpNetwork): string {
  if (bytes.length === 4) return `${bytes.join('.')}/${bits}`;
  const groups = Array.from({ length: 8 }, (_, index) =>
    (((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0)).toString(16),
  );
  return `${new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1)}/${bits}`;
}

/** Whether an address is in a network. An IPv4 address mapped into IPv6 (RFC 4291) is that IPv4 address. */
export function isInNetwork({ bytes, bits }: IpNetwork, address: string): boolean {
  const given = bytesOf(address);
  if (given?.length !== bytes.length) return false;
  return given.every((byte, index) => (byte & maskOf(index, bits)) === bytes[index]);
}

/** The mask of a byte of an address, for a prefix of this length. */
function maskOf(index: number, bits: number): number {
  const set = Math.min(8, Math.max(0, bits - index * 8));
  return (0xff00 >> set) & 0xff;
}

/** The bytes of an address: four, also for a mapped one, or sixteen. An address with a zone is none. */
function bytesOf(address: string): number[] | undefined {
  if (isIPv4(address)) return address.split('.').map(Number);
  if (!isIPv6(address) || address.includes('%')) return undefined;
  const bytes = ipv6Groups(address).flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 255];
  });
  const isMapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
  return isMapped ? bytes.slice(12) : bytes;
}
