import { isIP } from 'node:net';
import { type PhoneNumber, parsePhoneNumber, parseRegionCode, type RegionCode } from '../kit/phone-number.ts';
import { plainIp } from '../limits/client-ip.ts';

/** The kinds of a block, in the order of a list. */
export const blockKinds = ['number', 'account', 'prefix', 'country', 'network'] as const;
/** The name of a kind of block. */
export type BlockKind = (typeof blockKinds)[number];

/**
 * A block by its kind and value: a number in E.164, the id of an account, the first digits of numbers after a plus, a
 * country of ISO 3166-1, or a client network (CIDR).
 */
export interface BlockTarget {
  readonly kind: BlockKind;
  readonly value: string;
}

/** The reason for which a text is no value of a block. */
export interface BlockRefusal {
  readonly ok: false;
  readonly code: 'block_malformed' | 'block_too_wide';
  readonly kind: BlockKind;
}

/** The widest networks that can be blocked, since a wider one has no key of its own in the table. */
const minNetworkBits = { 4: 8, 6: 16 } as const;

/** Parses the value of a block as an operator typed it. */
export function parseBlockTarget(
  kind: BlockKind,
  text: string,
  { defaultRegion }: { readonly defaultRegion: RegionCode },
): { readonly ok: true; readonly target: BlockTarget; readonly phoneNumber?: PhoneNumber } | BlockRefusal {
  if (kind === 'number') return parseBlockedNumber(text, defaultRegion);
  const value = parsers[kind](text.trim());
  if (value === 'too_wide') return { ok: false, code: 'block_too_wide', kind };
  return value === undefined ? { ok: false, code: 'block_malformed', kind } : { ok: true, target: { kind, value } };
}

function parseBlockedNumber(text: string, defaultRegion: RegionCode): ReturnType<typeof parseBlockTarget> {
  const read = parsePhoneNumber(text, { region: undefined, defaultRegion, policy: 'possible' });
  if (!read.ok) return { ok: false, code: 'block_malformed', kind: 'number' };
  const { phoneNumber } = read;
  return { ok: true, phoneNumber, target: { kind: 'number', value: phoneNumber } };
}

type Parser = (text: string) => string | undefined;

const parsers: Readonly<Record<Exclude<BlockKind, 'number'>, Parser>> = {
  account: (text) => (/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text) ? text.toLowerCase() : undefined),
  prefix: (text) => {
    const digits = text.replace(/[\s()-]/g, '').replace(/^00/, '+');
    return /^\+[1-9]\d{0,13}$/.test(digits) ? digits : undefined;
  },
  country: (text) => parseRegionCode(text.toUpperCase()),
  network: parseNetwork,
};

/** An address stands for itself, and an IPv6 address for its /64, which is what one subscriber holds (RFC 6177). */
function parseNetwork(text: string): string | undefined {
  const [address = '', length, ...rest] = text.split('/');
  if (rest.length > 0 || !isIP(address) || (length !== undefined && !/^\d{1,3}$/.test(length))) return undefined;
  const ip = plainIp(address);
  if (ip === undefined || (length !== undefined && ip.includes(':') !== address.includes(':'))) return undefined;
  const [version, max, narrowest] = ip.includes(':') ? ([6, 128, 64] as const) : ([4, 32, 32] as const);
  const bits = length === undefined ? narrowest : Number(length);
  if (bits > max) return undefined;
  return bits < minNetworkBits[version] ? 'too_wide' : cidr(ip, Math.min(bits, narrowest));
}

/** The network of an address, with zeros behind its length, as `cidr` of PostgreSQL takes it. */
function cidr(ip: string, bits: number): string {
  const isIpv6 = ip.includes(':');
  const [separator, radix, size] = isIpv6 ? ([':', 16, 16] as const) : (['.', 10, 8] as const);
  const masked = ip.split(separator).map((group, index) => {
    const kept = Math.max(0, Math.min(size, bits - index * size));
    return ((Number.parseInt(group, radix) >> (size - kept)) << (size - kept)).toString(radix);
  });
  return `${masked.join(separator)}/${bits}`;
}

/** The key of a block in its table: the kind, and the part of the value that every blocked request shares. */
export function blockKey({ kind, value }: BlockTarget): string {
  if (kind === 'prefix') return `prefix:${value.charAt(1)}`;
  return kind === 'network' ? `network:${firstGroup(value)}` : `${kind}:${value}`;
}

function firstGroup(address: string): string {
  return address.split(/[.:]/, 1)[0] ?? '';
}

/** The arguments by which a function finds the blocks of a request for a number, and those of its client network. */
export function blockArguments(
  clientIp: string,
  phoneNumber?: PhoneNumber,
  country?: string,
): { readonly block_keys: readonly string[]; readonly client_ip: string | undefined } {
  const ip = plainIp(clientIp);
  const ofNumber = phoneNumber
    ? [`number:${phoneNumber}`, `prefix:${phoneNumber.charAt(1)}`, `country:${country}`]
    : [];
  return { block_keys: [...ofNumber, ...(ip === undefined ? [] : [`network:${firstGroup(ip)}`])], client_ip: ip };
}
