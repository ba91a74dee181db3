/**
 * The default alphabet of an SMSC, for `data_coding` 0 (SMPP 3.4 section 5.2.19), as Kannel's `alt-charset`: GSM,
 * Latin-1 or ASCII; or none, so that each text goes in UCS-2.
 */
export const alphabets = ['gsm', 'latin1', 'ascii', 'ucs2'] as const;

/** A member of `alphabets`. */
export type Alphabet = (typeof alphabets)[number];

/**
 * A text as `short_message` carries it: its `data_coding`, and the bytes of each part, with a header if there are
 * several.
 */
export interface SplitText {
  readonly coding: 0 | 8;
  readonly parts: readonly Buffer[];
}

/** The default alphabet (3GPP TS 23.038, 6.2.1) by code; 0x1B is the escape, which is no character of a text. */
const basic =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\0ÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
const escapeCode = 0x1b;
/** Its extension table (6.2.1.1): each character is the escape and a code, two septets. */
const extended: Readonly<Record<string, number>> = {
  '\f': 0x0a,
  '^': 0x14,
  '{': 0x28,
  '}': 0x29,
  '\\': 0x2f,
  '[': 0x3c,
  '~': 0x3d,
  ']': 0x3e,
  '|': 0x40,
  '€': 0x65,
};

const septets = new Map<string, readonly number[]>([
  ...[...basic].map((char, code) => [char, [code]] as const).filter(([, [code]]) => code !== escapeCode),
  ...Object.entries(extended).map(([char, code]) => [char, [escapeCode, code]] as const),
]);

/** The highest code of a character that is sent as one octet of that code. */
const lastCode = { latin1: 0xff, ascii: 0x7e };

/** The capacity of a text in one part, and of each of several parts, which lose six octets to their header. */
const bounds = { 0: { one: 160, each: 153 }, 8: { one: 140, each: 134 } };
/** The header counts the parts in one octet (3GPP TS 23.040, 9.2.3.24.1). */
const maxParts = 255;

/**
 * Splits a text into parts. It is in the SMSC's alphabet if that and the default alphabet of GSM have all of its
 * characters (`data_coding` 0, SMPP 3.4 section 5.2.19), so that nothing is lost if the SMSC converts it to septets;
 * else in UCS-2 (8). A text of more than 160 septets or 70 UTF-16 units goes in parts of 153 or 67, each after a user
 * data header with an 8-bit reference, and no escape sequence and no surrogate pair is cut. Undefined if it is empty or
 * has more than 255 parts.
 */
export function splitText(text: string, reference: number, alphabet: Alphabet = 'gsm'): SplitText | undefined {
  const coding = codingOf(text, alphabet);
  const parts = cut(text, coding);
  if (parts.length === 0 || parts.length > maxParts) return undefined;
  const bodies = parts.map((part) => encode(part, coding, alphabet));
  if (bodies.length === 1) return { coding, parts: bodies };
  const header = (index: number) => Buffer.from([5, 0, 3, reference & 0xff, bodies.length, index + 1]);
  return { coding, parts: bodies.map((body, index) => Buffer.concat([header(index), body])) };
}

/** The number of parts into which `splitText` splits a text; undefined if it does not. */
export function countParts(text: string, alphabet: Alphabet = 'gsm'): number | undefined {
  const { length } = cut(text, codingOf(text, alphabet));
  return length === 0 || length > maxParts ? undefined : length;
}

function codingOf(text: string, alphabet: Alphabet): SplitText['coding'] {
  if (alphabet === 'ucs2') return 8;
  for (const char of text) {
    if (!septets.has(char) || (alphabet !== 'gsm' && (char.codePointAt(0) ?? 0) > lastCode[alphabet])) return 8;
  }
  return 0;
}

/** Cuts a text into as few parts as there may be: one, or several with room for their headers. */
function cut(text: string, coding: SplitText['coding']): string[] {
  const { one, each } = bounds[coding];
  const single = cutAt(text, coding, one);
  return single.length <= 1 ? single : cutAt(text, coding, each);
}

/** The size of a part is in septets, or in octets of UCS-2. */
function cutAt(text: string, coding: SplitText['coding'], bound: number): string[] {
  const parts: string[] = [];
  let [part, size] = ['', 0];
  for (const char of text) {
    const more = coding === 0 ? (septets.get(char)?.length ?? 0) : 2 * char.length;
    if (size + more > bound) {
      parts.push(part);
      [part, size] = ['', 0];
    }
    part += char;
    size += more;
  }
  return part === '' ? parts : [...parts, part];
}

function encode(part: string, coding: SplitText['coding'], alphabet: Alphabet): Buffer {
  if (coding === 8) return Buffer.from(part, 'utf16le').swap16();
  return alphabet === 'gsm'
    ? Buffer.from([...part].flatMap((char) => septets.get(char) ?? []))
    : Buffer.from(part, 'latin1');
}
