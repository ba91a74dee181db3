/**
 * The four bytes of the IPv4 address inside an IPv6 address, given as eight groups: its holder is the subscriber.
 * Without it, an IPv4 address would have 65,536 networks /64 of 6to4, and all of IPv4 would share a single /64 of
 * NAT64. Undefined if there is none inside.
 */
export function embeddedIpv4(groups: readonly number[]): readonly number[] | undefined {
  const bytes = groups.flatMap((group) => [group >> 8, group & 255]);
  const startsWith = (...prefix: number[]) => prefix.every((group, index) => groups[index] === group);
  if (startsWith(0x2002)) return bytes.slice(2, 6); // 6to4, RFC 3056
  if (startsWith(0x2001, 0)) return bytes.slice(12).map((byte) => byte ^ 255); // Teredo, RFC 4380: the client
  if (startsWith(0x64, 0xff9b, 0, 0, 0, 0)) return bytes.slice(12); // NAT64, RFC 6052
  if (startsWith(0x64, 0xff9b, 1)) return locallyTranslated(bytes);
  if (startsWith(0, 0, 0, 0, 0, 0xffff)) return bytes.slice(12); // mapped, RFC 4291
  if (startsWith(0, 0, 0, 0, 0xffff, 0)) return bytes.slice(12); // translated, RFC 2765
  // compatible, RFC 4291; the unspecified address and the loopback are none
  return startsWith(0, 0, 0, 0, 0, 0) && groups[6] !== 0 ? bytes.slice(12) : undefined;
}

/**
 * NAT64 in a network of its own (RFC 8215). Its prefix may have any length of RFC 6052 from 48 on; byte 8 is 0 then.
 */
function locallyTranslated(bytes: readonly number[]): readonly number[] {
  const pick = (...indexes: number[]) => indexes.map((index) => bytes[index] ?? 0);
  const isZeroFrom = (from: number) => bytes.slice(from).every((byte) => byte === 0);
  if (isZeroFrom(11)) return pick(6, 7, 9, 10); // /48
  if (isZeroFrom(12)) return pick(7, 9, 10, 11); // /56
  if (isZeroFrom(13)) return pick(9, 10, 11, 12); // /64
  return bytes.slice(12); // /96
}
