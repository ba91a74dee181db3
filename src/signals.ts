import { isatty } from 'node:tty';
import type { Shutdown } from './kit/shutdown.ts';

/** npm passes Ctrl-C on to a process that the terminal has told already, and a supervisor may signal a whole group. */
const sameSignalMs = 1000;
/** A shell that ends hangs up first, and its terminal goes a moment later. */
const hangUpMs = 500;

/** nginx and PHP-FPM end by SIGQUIT, nodemon restarts by SIGUSR2, LXC ends its first process by SIGPWR. */
const endingSignals = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGUSR2', 'SIGPWR'] as const;

/** What signals ask of this process. */
export interface Signals extends Shutdown {
  /** When the last SIGHUP came, of the monotonic clock in ms. */
  readonly hungUpAt: number;
  /** Ends the process as a first signal does. */
  request(): void;
  /** Ends the process as a later signal does. */
  force(): void;
  /** Calls back for each SIGHUP that is no hang-up of a terminal, and for those that came before. */
  onReload(reload: () => void): void;
}

/**
 * Takes the signals from now on. The first process of a container gets none that it does not take, so this comes before
 * anything that can wait.
 */
export function takeSignals(): Signals {
  const requested = new AbortController();
  const forced = new AbortController();
  let requestedAt = 0;
  let hungUpAt = Number.NEGATIVE_INFINITY;
  let reload: (() => void) | undefined;
  let reloads = 0;
  const request = () => {
    if (requested.signal.aborted) return;
    requestedAt = performance.now();
    requested.abort(new Error('The process was told to end'));
  };
  const force = () => {
    request();
    forced.abort(new Error('The process was told to end at once'));
  };
  const onEnd = () => {
    if (requested.signal.aborted && performance.now() - requestedAt > sameSignalMs) force();
    else request();
  };
  for (const signal of endingSignals) listen(signal, onEnd);
  const terminals = [0, 1, 2].filter((descriptor) => isatty(descriptor));
  listen('SIGHUP', () => {
    hungUpAt = performance.now();
    const decide = () => {
      if (terminals.some((descriptor) => !isatty(descriptor))) return onEnd();
      if (reload) reload();
      else reloads += 1;
    };
    if (terminals.length > 0) setTimeout(decide, hangUpMs);
    else decide();
  });
  ignoreBrokenPipes();
  return {
    requested: requested.signal,
    forced: forced.signal,
    get hungUpAt() {
      return hungUpAt;
    },
    request,
    force,
    onReload: (onReload) => {
      reload = onReload;
      for (; reloads > 0; reloads -= 1) onReload();
    },
  };
}

/** The same for a worker, whose supervisor answers SIGHUP. */
export function takeWorkerSignals(end: () => void): void {
  for (const signal of endingSignals) listen(signal, end);
  listen('SIGHUP', () => {});
  ignoreBrokenPipes();
}

function listen(signal: NodeJS.Signals, listener: () => void): void {
  try {
    process.on(signal, listener);
  } catch {
    // the system has no such signal
  }
}

/**
 * A log without a reader, as after `npm start | head` or a hang-up, ends no process. A channel to a supervisor that is gone
 * emits an error of the process; its end is an event of its own.
 */
function ignoreBrokenPipes(): void {
  for (const emitter of [process.stdout, process.stderr, process]) emitter.on('error', () => {});
}
