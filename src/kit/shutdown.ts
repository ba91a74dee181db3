/** The end of a process, in two steps. */
export interface Shutdown {
  /** Aborted when the process is asked to stop: it finishes requests in progress. */
  readonly requested: AbortSignal;
  /** Aborted when it is asked again, or takes too long: it waits for PostgreSQL alone. */
  readonly forced: AbortSignal;
}

/** Resolves as soon as the signal is aborted; never without a signal. */
export function whenAborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) resolve();
    else signal?.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** The result of the work, or a rejection as soon as the signal is aborted; the work then continues unobserved. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  return Promise.race([promise, whenAborted(signal).then(() => Promise.reject(signal?.reason))]);
}
