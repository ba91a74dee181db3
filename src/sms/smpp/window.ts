/** The window of a link: a semaphore for requests without a response so far. */
export interface Window {
  /**
   * Resolves with true when a slot is taken, in the order of the calls; with false if `signal` aborts first or the
   * window shuts.
   */
  acquire(signal: AbortSignal): Promise<boolean>;
  /** Releases a slot. */
  release(): void;
  /** Admits no more requests. */
  close(): void;
}

/** Creates a window with this number of slots. */
export function openWindow(size: number): Window {
  let free = size;
  let open = true;
  const queue = new Set<(acquired: boolean) => void>();
  return {
    acquire(signal) {
      if (!open || signal.aborted) return Promise.resolve(false);
      if (free > 0) {
        free -= 1;
        return Promise.resolve(true);
      }
      return new Promise((resolve) => {
        const waiter = (acquired: boolean) => {
          queue.delete(waiter);
          signal.removeEventListener('abort', giveUp);
          resolve(acquired);
        };
        const giveUp = () => waiter(false);
        signal.addEventListener('abort', giveUp, { once: true });
        queue.add(waiter);
      });
    },
    release() {
      const [next] = queue;
      if (next) next(true);
      else free += 1;
    },
    close() {
      open = false;
      for (const waiter of queue) waiter(false);
    },
  };
}
