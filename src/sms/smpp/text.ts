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

/** A character: its octets for the SMSC, and its size on the air, in septets or in octets of UCS-2. */
interface Unit {
  readonly octets: readonly number[] | Buffer;
  readonly size: number;
}

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
  const inAlphabet = alphabet === 'ucs2' ? undefined : unitsOf(text, alphabet);
  const coding = inAlphabet ? 0 : 8;
  const units = inAlphabet ?? [...text].map(ucs2Unit);
  const { one, each } = bounds[coding];
  const single = packParts(units, one);
  if (single.length <= 1) return single.length === 0 ? undefined : { coding, parts: single };
  const bodies = packParts(units, each);
  if (bodies.length > maxParts) return undefined;
  const header = (index: number) => Buffer.from([5, 0, 3, reference & 0xff, bodies.length, index + 1]);
  return { coding, parts: bodies.map((body, index) => Buffer.concat([header(index), body])) };
}

function unitsOf(text: string, alphabet: Exclude<Alphabet, 'ucs2'>): Unit[] | undefined {
  const units: Unit[] = [];
  for (const char of text) {
    const codes = septets.get(char);
    const code = char.codePointAt(0) ?? 0;
    if (!codes || (alphabet !== 'gsm' && code > lastCode[alphabet])) return undefined;
    units.push({ octets: alphabet === 'gsm' ? codes : [code], size: codes.length });
  }
  return units;
}

function ucs2Unit(char: string): Unit {
  const octets = Buffer.from(char, 'utf16le').swap16();
  return { octets, size: octets.length };
}

/** Packs units into as few parts as the bound allows, without splitting a unit. */
function packParts(units: readonly Unit[], bound: number): Buffer[] {
  const parts: { octets: number[]; size: number }[] = [];
  for (const { octets, size } of units) {
    const last = parts.at(-1);
    if (last && last.size + size <= bound) {
      last.octets.push(...octets);
      last.size += size;
    } else parts.push({ octets: [...octets], size });
  }
  return parts.map((part) => Buffer.from(part.octets));
}
