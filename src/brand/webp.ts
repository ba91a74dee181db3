/** Whether a file says that it is a WebP image. */
export function isWebp(bytes: Buffer): boolean {
  return bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WEBP';
}

/** Reads the size of a WebP image in pixels, or the reason for which it cannot be a logo (RFC 9649). */
export function parseWebp(bytes: Buffer): { readonly width: number; readonly height: number } | { reason: string } {
  const damaged = { reason: 'it is a damaged WebP image' };
  if (bytes.length < 30 || bytes.readUInt32LE(4) + 8 !== bytes.length) return damaged;
  const kind = bytes.toString('latin1', 12, 16);
  if (kind === 'VP8 ') {
    if (bytes.readUIntBE(23, 3) !== 0x9d012a) return damaged;
    return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff };
  }
  if (kind === 'VP8L') {
    const sides = bytes.readUInt32LE(21);
    return bytes[20] === 0x2f ? { width: (sides & 0x3fff) + 1, height: ((sides >>> 14) & 0x3fff) + 1 } : damaged;
  }
  if (kind !== 'VP8X') return damaged;
  if ((bytes.readUInt8(20) & 2) !== 0) return { reason: 'it is animated' };
  return { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 };
}
