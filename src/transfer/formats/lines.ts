/** A line of a file, without its end; `isWhole` is false for one that is too long to be read. */
export interface Line {
  readonly line: number;
  readonly text: string;
  readonly isWhole: boolean;
}

/** The octets of a line that are read. */
const maxLine = 1_000_000;
const newline = 0x0a;

/** The lines of a stream in UTF-8, empty ones left out. Memory holds one chunk and one line, however long it is. */
export async function* readLines(source: AsyncIterable<Uint8Array>): AsyncGenerator<Line> {
  let rest: Buffer[] = [];
  let held = 0;
  let line = 0;
  const take = (end: Buffer): Line | undefined => {
    line += 1;
    const isWhole = held + end.length <= maxLine;
    const text = isWhole
      ? Buffer.concat([...rest, end])
          .toString()
          .trim()
      : '';
    rest = [];
    held = 0;
    return text === '' && isWhole
      ? undefined
      : { line, text: line === 1 ? text.replace(/^\ufeff/, '') : text, isWhole };
  };
  for await (const chunk of source) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let start = 0;
    for (let at = bytes.indexOf(newline); at !== -1; at = bytes.indexOf(newline, start)) {
      const found = take(bytes.subarray(start, at));
      if (found) yield found;
      start = at + 1;
    }
    held += bytes.length - start;
    // of a line that is too long only the length is kept
    if (held <= maxLine) rest.push(bytes.subarray(start));
    else rest = [];
  }
  if (held > 0) {
    held -= rest.at(-1)?.length ?? 0;
    const last = take(rest.pop() ?? Buffer.alloc(0));
    if (last) yield last;
  }
}
