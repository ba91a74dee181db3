import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type { Log } from '../kit/log.ts';
import { broken, lost } from './connect.ts';
import { nameOf, type Place } from './host.ts';
import { isUnavailable } from './unavailable.ts';

/** Resolves if the server of a host is usable; otherwise rejects with the error. */
type Probe = (place: Place) => Promise<void>;

/** Connects to a host. */
type Dial = (place: Place) => Promise<Socket>;

/**
 * The connection to the primary, the one server that accepts writes. While it is down every connection of the client
 * fails at once, for the client would otherwise queue queries without a limit, and this class retries by itself until
 * the server is back.
 */
export class Line {
  readonly #places: readonly Place[];
  readonly #probe: Probe;
  readonly #dial: Dial;
  readonly #log: Log;
  readonly #sockets = new Map<Socket, Heard>();
  readonly #listening: NodeJS.Timeout;
  #place: Place;
  #away: unknown;
  #trying: Promise<void> | undefined;
  #closed = false;

  constructor(places: readonly Place[], { probe, dial }: { probe: Probe; dial: Dial }, log: Log) {
    this.#places = places;
    this.#place = places[0]!;
    this.#probe = probe;
    this.#dial = dial;
    this.#log = log;
    this.#listening = setInterval(() => this.#listen(), 250).unref();
  }

  /** Waits for the server, and logs that it waits. Throws errors that waiting cannot mend, as a wrong password. */
  async reach(): Promise<void> {
    await this.#tryOn((fault) => !isUnavailable(fault));
  }

  /** The number of open connections of the client. */
  get connections(): number {
    return [...this.#sockets.keys()].filter((socket) => !socket.destroyed && socket.bytesRead > 0).length;
  }

  /** The reason that the server is down, while it is known to be. */
  get away(): unknown {
    return this.#away;
  }

  /** The server in use. */
  get place(): Place {
    return this.#place;
  }

  /** Returns a connected stream for the client, or one that fails on the first write. */
  async socket(): Promise<Duplex> {
    if (this.#away) return broken(this.#away);
    try {
      const socket = await this.#dial(this.#place);
      this.#sockets.set(socket, { bytes: 0, at: performance.now() });
      return socket;
    } catch (fault) {
      this.suspect();
      return broken(fault);
    }
  }

  /** Checks the server again, after a connection ended. */
  suspect(): void {
    if (this.#closed) return;
    this.#trying ??= this.#tryOn(() => false).finally(() => {
      this.#trying = undefined;
    });
  }

  /** Closes connections without any data for `ms`: their server may have vanished without a word. */
  endSilent(ms: number): void {
    this.#listen();
    for (const [socket, { at }] of this.#sockets) if (performance.now() - at >= ms) socket.destroy(lost('ETIMEDOUT'));
    this.suspect();
  }

  /** Closes all connections and stops the retries. */
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
        // A server that refuses more connections is not down: our open ones go on working.
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
  /** The last time at which `bytes` was seen to grow, by the monotonic clock in ms, exact to 250 ms. */
  readonly at: number;
}

function isFull(fault: unknown): boolean {
  return String((fault as { code?: unknown }).code).startsWith('53');
}

function said(fault: unknown): string {
  const { message, code } = fault as { message?: string; code?: string };
  return message || code || String(fault);
}
