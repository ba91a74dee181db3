import type { Line } from './lines.ts';

/** The octets of an object that are read. */
const maxObject = 1_000_000;
const [quote, backslash, open, close] = [0x22, 0x5c, 0x7b, 0x7d];

/**
 * The texts of the objects of a JSON array, or of an array that is a member of one object if `depth` is 1; `line` is the
 * ordinal of an object. They are cut out without parsing the whole, so that memory holds one chunk and one object.
 */
export async function* readObjects(source: AsyncIterable<Uint8Array>, depth: 0 | 1): AsyncGenerator<Line> {
  const cutter = new ObjectCutter(depth);
  for await (const chunk of source) yield* cutter.cut(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
  if (cutter.isWithin) yield { line: cutter.line + 1, text: '', isWhole: false };
}

class ObjectCutter {
  line = 0;
  readonly #depth: number;
  #level = 0;
  #isInText = false;
  #isEscaped = false;
  /** The beginning of an object, from earlier chunks, and its octets; one that is too long is not kept. */
  #rest: Buffer[] = [];
  #held = 0;

  constructor(depth: number) {
    this.#depth = depth;
  }

  /** Whether the stream ended in the middle. */
  get isWithin(): boolean {
    return this.#level > this.#depth || this.#isInText;
  }

  *cut(bytes: Buffer): Generator<Line> {
    let start = this.#level > this.#depth ? 0 : -1;
    for (let at = 0; at < bytes.length; at += 1) {
      const octet = bytes[at];
      if (this.#isInText) this.#skipText(octet);
      else if (octet === quote) this.#isInText = true;
      else if (octet === open) {
        if (this.#level === this.#depth) start = at;
        this.#level += 1;
      } else if (octet === close) {
        this.#level -= 1;
        if (this.#level !== this.#depth) continue;
        yield this.#take(bytes.subarray(start, at + 1));
        start = -1;
      }
    }
    if (start !== -1) this.#keep(bytes.subarray(start));
  }

  #skipText(octet: number | undefined): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (octet === backslash) this.#isEscaped = true;
    else if (octet === quote) this.#isInText = false;
  }

  #take(end: Buffer): Line {
    this.line += 1;
    const isWhole = this.#held + end.length <= maxObject;
    const text = isWhole ? Buffer.concat([...this.#rest, end]).toString() : '';
    this.#rest = [];
    this.#held = 0;
    return { line: this.line, text, isWhole };
  }

  #keep(beginning: Buffer): void {
    this.#held += beginning.length;
    if (this.#held <= maxObject) this.#rest.push(beginning);
    else this.#rest = [];
  }
}
