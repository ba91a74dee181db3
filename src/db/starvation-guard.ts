/** A query as the client has it: on a connection it has a `state`. */
interface Given {
  readonly state?: unknown;
}

const lookEveryMs = 50;
const starvingMs = 100;
const longestHoldMs = 1000;

/**
 * Prevents starvation in the client (postgres 3.4). It sends new queries on a busy connection, and takes from its own
 * queue only when a connection is idle: under load a query that was queued once, as while connections were opened, can
 * wait for ever. So if a query waits for 100 ms, new ones wait here until the client has taken it, for a second at
 * most.
 */
export class Fair {
  readonly #given = new Map<Given, number>();
  readonly #looking = setInterval(() => this.#look(), lookEveryMs).unref();
  #hold: { readonly since: number; readonly over: Promise<void>; end(): void } | undefined;
  /** Queries that wait for a connection to be opened, which our pause would not speed up. */
  readonly #elsewhere = new WeakSet<Given>();

  /** Gives the client a query, in its turn. */
  async call<T>(give: () => PromiseLike<T>): Promise<T> {
    if (this.#hold) await this.#hold.over;
    const given = give();
    this.#given.set(given as Given, performance.now());
    try {
      return await given;
    } finally {
      this.#given.delete(given as Given);
      if (this.#hold) this.#look();
    }
  }

  close(): void {
    clearInterval(this.#looking);
    this.#hold?.end();
  }

  #look(): void {
    const now = performance.now();
    const starving: Given[] = [];
    let working = false;
    for (const [call, since] of this.#given) {
      if (call.state) working = true;
      else if (now - since > starvingMs && !this.#elsewhere.has(call)) starving.push(call);
    }
    if (starving.length > 0 && working && !this.#hold) {
      this.#hold = { since: now, ...ending() };
    } else if (this.#hold && (starving.length === 0 || !working || now - this.#hold.since > longestHoldMs)) {
      for (const call of starving) this.#elsewhere.add(call);
      this.#hold.end();
      this.#hold = undefined;
    }
  }
}

function ending(): { over: Promise<void>; end(): void } {
  let end = () => {};
  const over = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { over, end };
}
