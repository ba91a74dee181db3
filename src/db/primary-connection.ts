import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { errorCode, toError } from '../kit/caught.ts';
import type { Log } from '../kit/log.ts';
import { firstOf } from '../kit/present.ts';
import { connectionError, failingStream } from './connect.ts';
import { type Host, hostLabel } from './host.ts';
import { isUnavailable } from './unavailable.ts';

/** Resolves if the server of a host is usable; otherwise rejects with the error. */
type Probe = (host: Host) => Promise<void>;

/** Connects to a host. */
type Connect = (host: Host) => Promise<Socket>;

/**
 * The connection to the primary, the one server that accepts writes. While it is down every connection of the client
 * fails at once, for the client would otherwise queue queries without a limit, and this class retries by itself until
 * the server is back.
 */
export class PrimaryConnection {
  readonly #hosts: readonly Host[];
  readonly #probe: Probe;
  readonly #connect: Connect;
  readonly #log: Log;
  readonly #sockets = new Map<Socket, Activity>();
  readonly #activityTimer: NodeJS.Timeout;
  #host: Host;
  #downReason: unknown;
  #retrying: Promise<void> | undefined;
  #closed = false;

  constructor(hosts: readonly Host[], { probe, connect: dial }: { probe: Probe; connect: Connect }, log: Log) {
    this.#hosts = hosts;
    this.#host = firstOf(hosts);
    this.#probe = probe;
    this.#connect = dial;
    this.#log = log;
    this.#activityTimer = setInterval(() => this.#recordActivity(), 250).unref();
  }

  /** Waits for the server, and logs that it waits. Throws errors that waiting cannot cure, as a wrong password. */
  async waitUntilUp(): Promise<void> {
    await this.#retryUntilUp((error) => !isUnavailable(error));
  }

  /** The number of open connections of the client. */
  get connections(): number {
    return [...this.#sockets.keys()].filter((socket) => !socket.destroyed && socket.bytesRead > 0).length;
  }

  /** The reason that the server is down, while it is known to be. */
  get downReason(): unknown {
    return this.#downReason;
  }

  /** The server in use. */
  get host(): Host {
    return this.#host;
  }

  /** Returns a connected stream for the client, or one that fails on the first write. */
  async socket(): Promise<Duplex> {
    if (this.#downReason) return failingStream(this.#downReason);
    try {
      const socket = await this.#connect(this.#host);
      this.#sockets.set(socket, { bytes: 0, at: performance.now() });
      return socket;
    } catch (error) {
      this.recheck();
      return failingStream(error);
    }
  }

  /** Checks the server again, after a connection ended. */
  recheck(): void {
    if (this.#closed) return;
    this.#retrying ??= this.#retryUntilUp(() => false).finally(() => {
      this.#retrying = undefined;
    });
  }

  /** Closes connections without any data for `ms`: their server may have vanished without a word. */
  closeSilent(ms: number): void {
    this.#recordActivity();
    for (const [socket, { at }] of this.#sockets)
      if (performance.now() - at >= ms) socket.destroy(connectionError('ETIMEDOUT'));
    this.recheck();
  }

  /** Closes all connections and stops the retries. */
  close(): void {
    this.#closed = true;
    clearInterval(this.#activityTimer);
    for (const socket of this.#sockets.keys()) socket.destroy();
  }

  async #retryUntilUp(isFinal: (error: unknown) => boolean): Promise<void> {
    let loggedAt = Number.NEGATIVE_INFINITY;
    while (!this.#closed) {
      try {
        return this.#use(await this.#findPrimary());
      } catch (error) {
        if (isFinal(error)) throw error;
        if (this.#closed) return;
        // A server that refuses more connections is not down: our open ones go on working.
        if (isFull(error) && !this.#downReason && this.#sockets.size > 0) return;
        this.#markDown(error);
        if (performance.now() - loggedAt >= 5000) {
          loggedAt = performance.now();
          this.#log.warn({ hosts: this.#hosts.map(hostLabel), err: error }, 'database unreachable');
        }
        await pause(200);
      }
    }
  }

  async #findPrimary(): Promise<Host> {
    try {
      return await Promise.any(this.#hosts.map((host) => this.#probe(host).then(() => host)));
    } catch (errors) {
      const all = (errors as AggregateError).errors;
      throw all.find((error) => !isUnavailable(error)) ?? all[0];
    }
  }

  #use(host: Host): void {
    if (this.#downReason) this.#log.info({ host: hostLabel(host) }, 'database reachable');
    if (host !== this.#host) this.#closeAll(connectionError('CONNECTION_CLOSED'));
    this.#host = host;
    this.#downReason = undefined;
  }

  #markDown(error: unknown): void {
    if (!this.#downReason) this.#closeAll(error);
    this.#downReason = error;
  }

  #closeAll(error: unknown): void {
    for (const socket of this.#sockets.keys()) socket.destroy(toError(error));
    this.#sockets.clear();
  }

  #recordActivity(): void {
    for (const [socket, activity] of this.#sockets) {
      if (socket.destroyed) this.#sockets.delete(socket);
      else if (socket.bytesRead !== activity.bytes) {
        this.#sockets.set(socket, { bytes: socket.bytesRead, at: performance.now() });
      }
    }
  }
}

interface Activity {
  readonly bytes: number;
  /** The last time at which `bytes` was seen to grow, by the monotonic clock in ms, exact to 250 ms. */
  readonly at: number;
}

function isFull(error: unknown): boolean {
  return errorCode(error).startsWith('53');
}
