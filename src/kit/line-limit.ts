/** Limits the rate of each kind of log line: at most `max` in each window of `windowMs`. */
export class LineLimit {
  readonly #max: number;
  readonly #windowMs: number;
  readonly #kinds = new Map<string, { from: number; lines: number; suppressed: number }>();

  constructor(max = 10, windowMs = 1000) {
    this.#max = max;
    this.#windowMs = windowMs;
  }

  /** Undefined if the line exceeds the limit; else the number of lines of its kind suppressed since the last one. */
  admit(kind: string, nowMs = performance.now()): number | undefined {
    if (!this.#kinds.has(kind) && this.#kinds.size >= maxKinds) this.#kinds.clear();
    const known = this.#kinds.get(kind) ?? { from: nowMs, lines: 0, suppressed: 0 };
    this.#kinds.set(kind, known);
    if (nowMs - known.from >= this.#windowMs) Object.assign(known, { from: nowMs, lines: 0 });
    if (known.lines >= this.#max) {
      known.suppressed += 1;
      return undefined;
    }
    known.lines += 1;
    const { suppressed } = known;
    known.suppressed = 0;
    return suppressed;
  }
}

/** Kinds are names of errors, of which there are few; the bound is for the unexpected. */
const maxKinds = 200;
