import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { Host } from '../../src/db/host.ts';
import { cutter } from './statement-faults.ts';

/**
 * A proxy before PostgreSQL that stops a process exactly between two of its statements: the chosen one and all that follow
 * are held and never reach the server. It reads the extended protocol (chapter 54 of the manual): a statement is a group of
 * messages with a Bind, and its text is that of the Parse with its name.
 */
export class StatementGate {
  /** The statements that passed since the last `watch` or `stopAt`, by their texts. */
  passed: string[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #isStep: (text: string) => boolean;
  #stop: { readonly at: number; readonly reached: () => void } | undefined;
  #isClosed = false;

  private constructor(host: Host, isStep: (text: string) => boolean) {
    this.#isStep = isStep;
    this.#server = createServer((near) => this.#join(near, 'path' in host ? connect(host.path) : connect(host)));
  }

  /** Opens one before a server; `isStep` tells the statements that count from those of background work. */
  static async open(host: Host, isStep: (text: string) => boolean): Promise<StatementGate> {
    const gate = new StatementGate(host, isStep);
    gate.#server.listen(0, '127.0.0.1');
    await once(gate.#server, 'listening');
    return gate;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Counts anew, and lets everything pass. */
  watch(): void {
    this.passed = [];
    this.#stop = undefined;
    this.#isClosed = false;
  }

  /** Counts anew, and resolves when the process has come to its n-th statement, counted from 0, which is held. */
  stopAt(at: number): Promise<void> {
    this.watch();
    return new Promise((reached) => {
      this.#stop = { at, reached };
    });
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #join(near: Socket, far: Socket): void {
    for (const socket of [near.setNoDelay(), far.setNoDelay()]) {
      this.#sockets.add(socket);
      socket.on('error', () => {});
    }
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
    const texts = new Map<string, string>();
    let group: Buffer[] = [];
    let step: string | undefined;
    const toServer = cutter('startup', (message, type) => {
      group.push(message);
      const [first = '', second = ''] = message.toString('latin1', 5).split('\0');
      if (type === 'P') texts.set(first, second);
      if (type === 'B') step = texts.get(second) ?? '';
      if (type !== '' && !'SQXHp'.includes(type)) return;
      const whole = Buffer.concat(group);
      group = [];
      if (step !== undefined && this.#isStep(step)) this.#count(step);
      step = undefined;
      if (!this.#isClosed) far.write(whole);
    });
    near.on('data', toServer);
    far.on('data', (chunk) => near.write(chunk));
  }

  #count(text: string): void {
    if (this.#stop && this.passed.length >= this.#stop.at) {
      this.#isClosed = true;
      this.#stop.reached();
    }
    if (!this.#isClosed) this.passed.push(text);
  }
}
