import { isatty } from 'node:tty';
import type { Shutdown } from '../kit/shutdown.ts';

/**
 * npm passes Ctrl-C on to a process that already got it from the terminal, and a supervisor may signal a whole group.
 */
const sameSignalMs = 1000;
/** A shell that ends sends SIGHUP first, and its terminal closes a moment later. */
const hangUpMs = 500;

/** nginx and PHP-FPM stop by SIGQUIT, nodemon restarts by SIGUSR2, LXC stops its first process by SIGPWR. */
const endingSignals = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGUSR2', 'SIGPWR'] as const;

/** The requests of signals to this process. */
export interface Signals extends Shutdown {
  /** The time of the last SIGHUP, by the monotonic clock in ms. */
  readonly hangUpAt: number;
  /** Ends the process as a first signal does. */
  request(): void;
  /** Ends the process as a later signal does. */
  force(): void;
  /** Calls back for each SIGHUP that is not the hang-up of a terminal, and for earlier ones. */
  onReload(reload: () => void): void;
}

/**
 * Handles signals from now on. The first process of a container gets only the signals that it handles, so this comes
 * before anything that can block.
 */
export function handleSignals(): Signals {
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
  listenToHangUp({
    onSignal: () => {
      hungUpAt = performance.now();
    },
    onEnd,
    onReload: () => {
      if (reload) reload();
      else reloads += 1;
    },
  });
  ignoreBrokenPipes();
  return {
    requested: requested.signal,
    forced: forced.signal,
    get hangUpAt() {
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

/** Tells the hang-up of a terminal, which ends the process, from a SIGHUP that asks for a reload. */
function listenToHangUp(call: { onSignal(): void; onEnd(): void; onReload(): void }): void {
  const terminals = [0, 1, 2].filter((descriptor) => isatty(descriptor));
  listen('SIGHUP', () => {
    call.onSignal();
    const decide = () => (terminals.some((descriptor) => !isatty(descriptor)) ? call.onEnd() : call.onReload());
    if (terminals.length > 0) setTimeout(decide, hangUpMs);
    else decide();
  });
}

/** The same for a worker, whose supervisor answers SIGHUP. */
export function handleWorkerSignals(shutDown: () => void): void {
  for (const signal of endingSignals) listen(signal, shutDown);
  listen('SIGHUP', () => {});
  ignoreBrokenPipes();
}

function listen(signal: NodeJS.Signals, listener: () => void): void {
  try {
    process.on(signal, listener);
  } catch {
    // the operating system has no such signal
  }
}

/**
 * Survives a log without a reader, as after `npm start | head` or a hang-up. A channel to a dead supervisor also emits
 * an error of the process; its end is an event of its own.
 */
function ignoreBrokenPipes(): void {
  for (const emitter of [process.stdout, process.stderr, process]) emitter.on('error', () => {});
}
