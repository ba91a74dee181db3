const blockBytes = 64;

/**
 * The outer and the inner block of a key of at most 64 bytes, for `vouch.keyed_hash`. They stand for the key, so it has
 * to be derived for this purpose, and no log may show parameters.
 */
export function hmacBlocks(key: Uint8Array): Buffer {
  const padded = (pad: number) => Buffer.from(Array.from({ length: blockBytes }, (_, at) => (key[at] ?? 0) ^ pad));
  return Buffer.concat([padded(0x5c), padded(0x36)]);
}
