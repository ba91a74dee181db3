/** The places of a link for requests that have no response yet. */
export interface Window {
  /** True with a place taken, in the order of asking; false when `signal` aborts first or the window shuts. */
  enter(signal: AbortSignal): Promise<boolean>;
  /** Gives a place back. */
  leave(): void;
  /** Nobody enters any more. */
  shut(): void;
}

/** A window of that many places. */
export function openWindow(places: number): Window {
  let free = places;
  let open = true;
  const queue = new Set<(entered: boolean) => void>();
  return {
    enter(signal) {
      if (!open || signal.aborted) return Promise.resolve(false);
      if (free > 0) {
        free -= 1;
        return Promise.resolve(true);
      }
      return new Promise((resolve) => {
        const turn = (entered: boolean) => {
          queue.delete(turn);
          signal.removeEventListener('abort', giveUp);
          resolve(entered);
        };
        const giveUp = () => turn(false);
        signal.addEventListener('abort', giveUp, { once: true });
        queue.add(turn);
      });
    },
    leave() {
      const [next] = queue;
      if (next) next(true);
      else free += 1;
    },
    shut() {
      open = false;
      for (const turn of queue) turn(false);
    },
  };
}
