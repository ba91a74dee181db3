import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * What a line does to those who use it. `latency`: each piece comes so much later. `reset`: connections are reset, old
 * and new. `black hole`: taken and swallowed, without a word. `refuse`: nobody listens. `slow close`: the far side's
 * words stop in the middle and the connection closes seconds later. `torn`: pieces of a few bytes, and now and then the
 * connection is reset within one.
 */
export type Fault = 'none' | 'latency' | 'reset' | 'black hole' | 'refuse' | 'slow close' | 'torn';

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
}

/** A TCP line that can fail, between any client and any server of this machine; it knows no protocol. */
export class FaultProxy {
  readonly #server: Server;
  readonly #to: { port: number; host?: string };
  readonly #pairs = new Set<Pair>();
  #fault: Fault = 'none';
  #latencyMs = 0;
  #port = 0;

  private constructor(to: { port: number; host?: string }) {
    this.#to = to;
    this.#server = createServer((near) => this.#join(near));
  }

  static async open(to: { port: number; host?: string }): Promise<FaultProxy> {
    const proxy = new FaultProxy(to);
    await proxy.#listen();
    return proxy;
  }

  get port(): number {
    return this.#port;
  }

  /** From now on, for old and new connections alike; `none` mends the line, and what had broken stays broken. */
  async set(fault: Fault, latencyMs = 0): Promise<void> {
    const before = this.#fault;
    this.#fault = fault;
    this.#latencyMs = latencyMs;
    if (fault === 'reset' || fault === 'refuse') for (const pair of this.#pairs) reset(pair);
    if (before === 'black hole' || before === 'slow close') for (const pair of this.#pairs) reset(pair);
    if (fault === 'refuse') await new Promise((closed) => this.#server.close(closed));
    else if (!this.#server.listening) await this.#listen();
  }

  close(): void {
    this.#server.close();
    for (const pair of this.#pairs) reset(pair);
  }

  async #listen(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  #join(near: Socket): void {
    if (this.#fault === 'reset') return void near.resetAndDestroy();
    const far = connect(this.#to.port, this.#to.host ?? '127.0.0.1');
    const pair = { near: near.setNoDelay(), far: far.setNoDelay() };
    this.#pairs.add(pair);
    near.on('close', () => {
      this.#pairs.delete(pair);
      far.destroy();
    });
    far.on('close', () => near.destroy());
    for (const socket of [near, far]) socket.on('error', () => {});
    this.#carry(pair, near, far, 'there');
    this.#carry(pair, far, near, 'back');
  }

  /** One direction: pieces in order, each as the fault of its moment wants it. */
  #carry(pair: Pair, from: Socket, to: Socket, way: 'there' | 'back'): void {
    let last = Promise.resolve();
    const inOrder = (piece: () => Promise<void> | void) => {
      last = last.then(piece).catch(() => {});
    };
    from.on('data', (chunk) => {
      const due = Date.now() + (this.#fault === 'latency' ? this.#latencyMs : 0);
      inOrder(() => this.#pass(pair, to, chunk, due, way));
    });
    from.on('end', () => inOrder(() => void to.end()));
  }

  async #pass(pair: Pair, to: Socket, chunk: Buffer, due: number, way: 'there' | 'back'): Promise<void> {
    if (due > Date.now()) await pause(due - Date.now());
    if (to.destroyed) return;
    if (this.#fault === 'black hole') return;
    if (this.#fault === 'slow close' && way === 'back') return this.#closeSlowly(to, chunk);
    if (this.#fault === 'torn') return tear(pair, to, chunk);
    to.write(chunk);
  }

  async #closeSlowly(to: Socket, chunk: Buffer): Promise<void> {
    to.write(chunk.subarray(0, chunk.length >> 1));
    await pause(3000);
    to.end();
  }
}

async function tear(pair: Pair, to: Socket, chunk: Buffer): Promise<void> {
  const cutAt = Math.random() < 0.05 ? Math.floor(Math.random() * chunk.length) : chunk.length;
  for (let at = 0; at < cutAt; at += 7) {
    to.write(chunk.subarray(at, Math.min(at + 7, cutAt)));
    await new Promise(setImmediate);
  }
  if (cutAt < chunk.length) reset(pair);
}

function reset({ near, far }: Pair): void {
  near.resetAndDestroy();
  far.resetAndDestroy();
}
