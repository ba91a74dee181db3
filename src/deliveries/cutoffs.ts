/**
 * Signals that end what takes too long, and all that goes on where everything ends. `AbortSignal.timeout` would keep each
 * until its time, long after what it was for is over: messages leave in milliseconds, and have seconds.
 */
export class Cutoffs {
  readonly #open = new Set<AbortController>();
  #isOver = false;

  /** Whether everything has ended. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** A signal that aborts after so many ms, and what lets go of it once nobody needs it. */
  after(ms: number): { readonly signal: AbortSignal; release(): void } {
    const controller = new AbortController();
    if (this.#isOver) controller.abort();
    const timer = setTimeout(() => controller.abort(), Math.max(1, Math.ceil(ms)));
    this.#open.add(controller);
    return {
      signal: controller.signal,
      release: () => {
        clearTimeout(timer);
        this.#open.delete(controller);
      },
    };
  }

  /** Aborts all of them, and those to come. */
  end(): void {
    this.#isOver = true;
    for (const controller of this.#open) controller.abort();
  }
}
