/**
 * Deadlines as abort signals, which can also all be aborted at once. `AbortSignal.timeout` would keep each until its
 * time, long after its purpose has ended: messages leave in milliseconds, and have seconds.
 */
export class Cutoffs {
  readonly #open = new Set<AbortController>();
  #isOver = false;

  /** Whether all have been aborted. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Returns a signal that aborts after `ms`, and the function that releases it once nobody needs it. */
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

  /** Aborts all signals, and those to come. */
  end(): void {
    this.#isOver = true;
    for (const controller of this.#open) controller.abort();
  }
}
