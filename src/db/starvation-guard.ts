/** A query as the client has it: on a connection it has a `state`. */
interface PendingQuery {
  readonly state?: unknown;
}

const checkIntervalMs = 50;
const starvedAfterMs = 100;
const maxPauseMs = 1000;

/**
 * Prevents starvation in the client (postgres 3.4). It sends new queries on a busy connection, and takes from its own
 * queue only when a connection is idle: under load a query that was queued once, as while connections were opened, can
 * wait for ever. So if a query waits for 100 ms, new ones wait here until the client has taken it, for a second at
 * most.
 */
export class StarvationGuard {
  readonly #pending = new Map<PendingQuery, number>();
  readonly #timer = setInterval(() => this.#check(), checkIntervalMs).unref();
  #pause: { readonly since: number; readonly ended: Promise<void>; end(): void } | undefined;
  /** Queries that wait for a connection to be opened, which our pause would not speed up. */
  readonly #connecting = new WeakSet<PendingQuery>();

  /** Gives the client a query, in its turn. */
  async call<T>(send: () => PromiseLike<T> & PendingQuery): Promise<T> {
    if (this.#pause) await this.#pause.ended;
    const query = send();
    this.#pending.set(query, performance.now());
    try {
      return await query;
    } finally {
      this.#pending.delete(query);
      if (this.#pause) this.#check();
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.#pause?.end();
  }

  #check(): void {
    const now = performance.now();
    const starved: PendingQuery[] = [];
    let isBusy = false;
    for (const [query, since] of this.#pending) {
      if (query.state) isBusy = true;
      else if (now - since > starvedAfterMs && !this.#connecting.has(query)) starved.push(query);
    }
    if (starved.length > 0 && isBusy && !this.#pause) {
      this.#pause = { since: now, ...deferred() };
    } else if (this.#pause && (starved.length === 0 || !isBusy || now - this.#pause.since > maxPauseMs)) {
      for (const query of starved) this.#connecting.add(query);
      this.#pause.end();
      this.#pause = undefined;
    }
  }
}

function deferred(): { ended: Promise<void>; end(): void } {
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { ended, end };
}
