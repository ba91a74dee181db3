import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';

/** The most connections that a process keeps: more cost memory, about 10 KiB each, and no balancer needs them. */
const most = 8000;

/**
 * The connections of one process. Where there are as many as may be, a newcomer takes the place of the one that has made
 * us wait for longest: idle, slow to speak or slow to read. Those that we work for are not touched.
 */
export class Connections {
  readonly #most: number;
  readonly #open = new Set<Socket>();
  /** In the order in which our waiting began. */
  readonly #waiting = new Set<Socket>();

  constructor(most = connectionsAtMost()) {
    this.#most = most;
  }

  /** How many were ended for a newcomer so far, or turned away. */
  ended = 0;

  /** Takes a new connection in. */
  opened(socket: Socket): void {
    if (this.#open.size >= this.#most) {
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

  /** We work for it. */
  working(socket: Socket): void {
    this.#waiting.delete(socket);
  }

  /** We have done what we can, and wait for the client. */
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

/** Half of the files that the process may open, so that the database, the sender and the log always find one. */
function connectionsAtMost(): number {
  return Math.min(most, Math.floor(filesAtMost() / 2));
}

/** What Node.js has raised the limit to at its start; where the system does not tell, what all of ours give at least. */
function filesAtMost(): number {
  try {
    const told = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return told ? Number(told) : 2 * most;
  } catch {
    return 2048;
  }
}
