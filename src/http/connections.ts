import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';

/**
 * The maximum number of connections of a process: more cost memory, about 10 KiB each, and no load balancer needs them.
 */
const maxConnections = 8000;

/**
 * The connections of one process. At the maximum, a new connection replaces the one whose client has kept us waiting
 * longest: idle, slow to send or slow to read. Connections with a request in progress are not closed.
 */
export class Connections {
  readonly #max: number;
  readonly #open = new Set<Socket>();
  /** In the order in which the waits started. */
  readonly #waiting = new Set<Socket>();

  constructor(max = defaultMaxConnections()) {
    this.#max = max;
  }

  /** The connections that were closed or refused at the maximum so far. */
  ended = 0;

  /** Registers a new connection. */
  opened(socket: Socket): void {
    if (this.#open.size >= this.#max) {
      this.ended += 1;
      const [victim = socket] = this.#waiting;
      this.#forget(victim);
      victim.destroy();
      if (victim === socket) return;
    }
    this.#open.add(socket);
    this.#waiting.add(socket);
    socket.once('close', () => this.#forget(socket));
  }

  /** A request on the connection is in progress. */
  working(socket: Socket): void {
    this.#waiting.delete(socket);
  }

  /** The response is written; the next request is awaited. */
  waiting(socket: Socket): void {
    if (!this.#open.has(socket)) return;
    this.#waiting.delete(socket);
    this.#waiting.add(socket);
  }

  #forget(socket: Socket): void {
    this.#open.delete(socket);
    this.#waiting.delete(socket);
  }
}

/** Half of the files that the process may open, so that the database, the sender and the log always get one. */
function defaultMaxConnections(): number {
  return Math.min(maxConnections, Math.floor(maxOpenFiles() / 2));
}

/**
 * The open file limit, which Node.js raises at its start; if the system does not state it, the lowest limit of all
 * supported systems.
 */
function maxOpenFiles(): number {
  try {
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return limit ? Number(limit) : 2 * maxConnections;
  } catch {
    return 2048;
  }
}
