/** A text as `short_message` carries it: its `data_coding`, and the bytes of each part, of several with their header. */
export interface SplitText {
  readonly coding: 0 | 8;
  readonly parts: readonly Buffer[];
}

/** The default alphabet (3GPP TS 23.038, 6.2.1) by code; at 0x1B stands the escape, which is no character of a text. */
const basic =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\0ÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
const escapeCode = 0x1b;
/** Its extension (6.2.1.1): each is the escape and a code, two septets. */
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

/** Octets of a text that goes in one part, and of each of several, which give six to their header. */
const bounds = { 0: { one: 160, each: 153 }, 8: { one: 140, each: 134 } };
/** The header counts the parts in one octet (3GPP TS 23.040, 9.2.3.24.1). */
const mostParts = 255;

/**
 * The parts of a text: in the default alphabet where that has all of it (`data_coding` 0, a septet an octet, SMPP 3.4
 * section 5.2.19), else in UCS-2 (8). A text of more than 160 septets or 70 UTF-16 units goes in parts of 153 or 67,
 * each after a user data header with an 8-bit reference, and no escape sequence and no surrogate pair is cut. Undefined
 * where it is empty or of more than 255 parts.
 */
export function splitText(text: string, reference: number): SplitText | undefined {
  const inSeptets = septetsOf(text);
  const coding = inSeptets ? 0 : 8;
  const units = inSeptets ?? [...text].map((char) => Buffer.from(char, 'utf16le').swap16());
  const { one, each } = bounds[coding];
  const whole = packed(units, one);
  if (whole.length <= 1) return whole.length === 0 ? undefined : { coding, parts: whole };
  const bodies = packed(units, each);
  if (bodies.length > mostParts) return undefined;
  const header = (at: number) => Buffer.from([5, 0, 3, reference & 0xff, bodies.length, at + 1]);
  return { coding, parts: bodies.map((body, at) => Buffer.concat([header(at), body])) };
}

/** A text in the default alphabet, a septet an octet; undefined where that does not have all of it. */
export function encodeSeptets(text: string): Buffer | undefined {
  const units = septetsOf(text);
  return units && Buffer.from(units.flatMap((unit) => [...unit]));
}

function septetsOf(text: string): (readonly number[])[] | undefined {
  const units: (readonly number[])[] = [];
  for (const char of text) {
    const unit = septets.get(char);
    if (!unit) return undefined;
    units.push(unit);
  }
  return units;
}

/** Units one after another, as many as go below the bound, and none in two. */
function packed(units: readonly (readonly number[] | Buffer)[], bound: number): Buffer[] {
  const parts: number[][] = [];
  for (const unit of units) {
    const last = parts.at(-1);
    if (last && last.length + unit.length <= bound) last.push(...unit);
    else parts.push([...unit]);
  }
  return parts.map((part) => Buffer.from(part));
}
