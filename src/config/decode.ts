/** The text of a file, or the reason that it cannot be decoded, with the line (from 1) if known. */
export type Decoded =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly reason: string; readonly line: number | undefined };

const newline = 0x0a;

/**
 * Decodes UTF-8, with or without a byte order mark. UTF-16, UTF-32, other encodings and NUL bytes are refused: decoded
 * as UTF-8, they would silently become other names and values.
 */
export function decodeText(bytes: Uint8Array): Decoded {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    return { ok: false, reason: 'it is written in UTF-16 or UTF-32: save it as UTF-8', line: undefined };
  }
  const nul = bytes.indexOf(0);
  if (nul !== -1) {
    const reason = 'there is a NUL byte, as in UTF-16: save the file as UTF-8';
    return { ok: false, reason, line: lineAt(bytes, nul) };
  }
  try {
    return { ok: true, text: strict(bytes) };
  } catch {
    return {
      ok: false,
      reason: 'there is a byte that is not UTF-8: save the file as UTF-8',
      line: firstBadLine(bytes),
    };
  }
}

/** Strips a byte order mark too. */
function strict(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
}

function lineAt(bytes: Uint8Array, offset: number): number {
  return bytes.subarray(0, offset).filter((byte) => byte === newline).length + 1;
}

/** No byte of a longer character of UTF-8 is a line feed, so lines can be decoded alone. */
function firstBadLine(bytes: Uint8Array): number | undefined {
  for (let line = 1, from = 0; from < bytes.length; line += 1) {
    const newlineAt = bytes.indexOf(newline, from);
    const end = newlineAt === -1 ? bytes.length : newlineAt;
    try {
      strict(bytes.subarray(from, end));
    } catch {
      return line;
    }
    from = end + 1;
  }
  return undefined;
}
