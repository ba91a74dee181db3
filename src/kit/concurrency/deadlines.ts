/**
 * Deadlines as abort signals, which can also all be aborted at once. `AbortSignal.timeout` would keep each until its
 * time, long after its purpose has ended: messages leave in milliseconds, and have seconds.
 */
export class Deadlines {
  readonly #open = new Set<AbortController>();
  #isAborted = false;

  /** Whether all have been aborted. */
  get isAborted(): boolean {
    return this.#isAborted;
  }

  /** Returns a signal that aborts after `ms`, and the function that releases it once nobody needs it. */
  after(ms: number): { readonly signal: AbortSignal; release(): void } {
    const controller = new AbortController();
    if (this.#isAborted) controller.abort();
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
  abortAll(): void {
    this.#isAborted = true;
    for (const controller of this.#open) controller.abort();
  }
}
