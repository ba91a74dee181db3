import { connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type { Log } from '../kit/log.ts';
import { nameOf, type Place } from './address.ts';
import { isUnavailable } from './unavailable.ts';

/** Fulfilled if the server at a place is one to work with; throws the fault otherwise. */
type Probe = (place: Place) => Promise<void>;

/**
 * The way to the one server that takes writes. While it is away every connection of the client fails at once, for the
 * client would otherwise queue calls without end, and the line tries on by itself until the server is back.
 */
export class Line {
  readonly #places: readonly Place[];
  readonly #probe: Probe;
  readonly #log: Log;
  readonly #sockets = new Map<Socket, Heard>();
  readonly #listening: NodeJS.Timeout;
  #place: Place;
  #away: unknown;
  #trying: Promise<void> | undefined;
  #closed = false;

  constructor(places: readonly Place[], probe: Probe, log: Log) {
    this.#places = places;
    this.#place = places[0]!;
    this.#probe = probe;
    this.#log = log;
    this.#listening = setInterval(() => this.#listen(), 250).unref();
  }

  /** Waits for the server, with a line in the log that says so. Throws what waiting cannot mend, as a wrong password. */
  async reach(): Promise<void> {
    await this.#tryOn((fault) => !isUnavailable(fault));
  }

  /** Why the server is not there, while it is known not to be. */
  get away(): unknown {
    return this.#away;
  }

  /** A connected stream for the client, or one that fails on the first write. */
  async socket(): Promise<Duplex> {
    if (this.#away) return broken(this.#away);
    try {
      const socket = await dial(this.#place);
      this.#sockets.set(socket, { bytes: 0, at: performance.now() });
      return socket;
    } catch (fault) {
      this.suspect();
      return broken(fault);
    }
  }

  /** Looks whether the server is still there, after a connection ended. */
  suspect(): void {
    if (this.#closed) return;
    this.#trying ??= this.#tryOn(() => false).finally(() => {
      this.#trying = undefined;
    });
  }

  /** Ends the connections on which nothing came for `ms`: their server may have vanished without a word. */
  endSilent(ms: number): void {
    this.#listen();
    for (const [socket, { at }] of this.#sockets) if (performance.now() - at >= ms) socket.destroy(lost('ETIMEDOUT'));
    this.suspect();
  }

  /** Ends all connections and the trying. */
  close(): void {
    this.#closed = true;
    clearInterval(this.#listening);
    for (const socket of this.#sockets.keys()) socket.destroy();
  }

  async #tryOn(isFinal: (fault: unknown) => boolean): Promise<void> {
    let told = Number.NEGATIVE_INFINITY;
    while (!this.#closed) {
      try {
        return this.#found(await this.#reachable());
      } catch (fault) {
        if (isFinal(fault)) throw fault;
        // A server that has no connection to spare for us is not away: those that we hold go on working.
        if (isFull(fault) && !this.#away && this.#sockets.size > 0) return;
        this.#lose(fault);
        if (performance.now() - told >= 5000) {
          told = performance.now();
          this.#log.warn(`Waiting for the database at ${this.#places.map(nameOf).join(', ')}: ${said(fault)}`);
        }
        await pause(200);
      }
    }
  }

  async #reachable(): Promise<Place> {
    try {
      return await Promise.any(this.#places.map((place) => this.#probe(place).then(() => place)));
    } catch (faults) {
      const all = (faults as AggregateError).errors;
      throw all.find((fault) => !isUnavailable(fault)) ?? all[0];
    }
  }

  #found(place: Place): void {
    if (this.#away) this.#log.info(`The database at ${nameOf(place)} is there`);
    if (place !== this.#place) this.#endAll(lost('CONNECTION_CLOSED'));
    this.#place = place;
    this.#away = undefined;
  }

  #lose(fault: unknown): void {
    if (!this.#away) this.#endAll(fault);
    this.#away = fault;
  }

  #endAll(fault: unknown): void {
    for (const socket of this.#sockets.keys()) socket.destroy(fault as Error);
    this.#sockets.clear();
  }

  #listen(): void {
    for (const [socket, heard] of this.#sockets) {
      if (socket.destroyed) this.#sockets.delete(socket);
      else if (socket.bytesRead !== heard.bytes) {
        this.#sockets.set(socket, { bytes: socket.bytesRead, at: performance.now() });
      }
    }
  }
}

interface Heard {
  readonly bytes: number;
  /** When `bytes` was seen to grow, of the monotonic clock in ms, true to 250 ms. */
  readonly at: number;
}

/** A socket that is connected; throws after 3 s, or as the system says. */
export function dial(place: Place): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = 'path' in place ? connect(place.path) : connect(place.port, place.host);
    // The client takes the name for TLS from here.
    if ('host' in place) Object.assign(socket, { host: place.host });
    const patience = setTimeout(() => socket.destroy(lost('CONNECT_TIMEOUT')), 3000);
    // Stays, so that an error between two listeners of the client is none of the process.
    socket.on('error', reject);
    socket.once('close', () => clearTimeout(patience));
    socket.once('connect', () => {
      clearTimeout(patience);
      closeWithoutFault(socket);
      closeUnused(socket);
      resolve(socket);
    });
    // The client would connect again and again, without a pause, to one that hangs up before its first word.
    socket.once('end', () => socket.bytesRead === 0 && socket.destroy(lost('ECONNRESET')));
  });
}

/**
 * Between the events `error` and `close` of a socket the client (postgres 3.4) still gives it calls, which it then never
 * answers, and after the next connect it waits for them for ever. So an established connection only closes, which the
 * client takes as a fault as well; before the server's first word it would try again instead, without an end.
 */
function closeWithoutFault(socket: Socket): void {
  const destroy = socket.destroy.bind(socket);
  socket.destroy = (fault) => destroy(socket.bytesRead === 0 ? fault : undefined);
}

/**
 * Where a connection of the client (postgres 3.4) closes while something waits to be written, its successors write
 * nothing either until a kilobyte has come together. Each is closed, so that no call waits for it.
 */
function closeUnused(socket: Socket): void {
  setTimeout(() => socket.bytesWritten === 0 && socket.destroy(lost('CONNECTION_CLOSED')), 100).unref();
}

/**
 * A stream that fails after the client's first write. Not earlier: the client (postgres 3.4) keeps a connection whose
 * socket failed before that for ever, and one whose `socket` function rejected too.
 */
export function broken(fault: unknown): Duplex {
  const stream: Duplex = new Duplex({ read() {}, write: () => void stream.destroy(fault as Error) });
  setTimeout(() => stream.destroy(fault as Error), 100).unref();
  return stream;
}

function lost(code: string): Error {
  return Object.assign(new Error(`The database does not answer (${code})`), { code });
}

function isFull(fault: unknown): boolean {
  return String((fault as { code?: unknown }).code).startsWith('53');
}

function said(fault: unknown): string {
  const { message, code } = fault as { message?: string; code?: string };
  return message || code || String(fault);
}
