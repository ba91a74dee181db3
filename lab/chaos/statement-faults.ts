import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/**
 * A line to PostgreSQL on which a share of the statements is answered with an error instead of being run. It reads the
 * extended protocol as the manual of PostgreSQL has it, chapter 54: a group of messages ends with Sync, and is answered
 * by one ReadyForQuery. Only groups that bind what has been parsed before are answered here, in their turn.
 */
export class StatementFaultProxy {
  /** The share of statements, 0 to 1, and the codes of the errors. */
  share = 0;
  codes: readonly string[] = ['40001', '40P01'];
  /** How many were answered so, and how many passed. */
  readonly counted = { failed: 0, passed: 0 };
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(to: number) {
    this.#server = createServer((near) => this.#join(near, connect(to, '127.0.0.1')));
  }

  static async open(to: number): Promise<StatementFaultProxy> {
    const line = new StatementFaultProxy(to);
    line.#server.listen(0, '127.0.0.1');
    await once(line.#server, 'listening');
    return line;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
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
    // what is owed to the client, in order: an answer of the server, or one of ours
    const owed: ('server' | Buffer)[] = ['server'];
    const flush = () => {
      while (owed[0] instanceof Buffer) near.write(owed.shift() as Buffer);
    };
    let group: Buffer[] = [];
    const toServer = cutter('startup', (message, type) => {
      group.push(message);
      if (type !== '' && type !== 'S' && type !== 'Q' && type !== 'X' && type !== 'H' && type !== 'p') return;
      const whole = Buffer.concat(group);
      const types = group.map((part) => String.fromCharCode(part[0]!)).join('');
      group = [];
      if (/^BD?ES$/.test(types) && Math.random() < this.share) {
        this.counted.failed += 1;
        owed.push(failure(this.codes[this.counted.failed % this.codes.length]!));
        return flush();
      }
      if (type === 'S' || type === 'Q') {
        owed.push('server');
        this.counted.passed += 1;
      }
      far.write(whole);
    });
    const toClient = cutter('typed', (message, type) => {
      near.write(message);
      if (type !== 'Z') return;
      owed.shift();
      flush();
    });
    near.on('data', toServer);
    far.on('data', toClient);
  }
}

/** Hands on each whole message of a stream, and its type; the first of a client's has none. */
export function cutter(
  first: 'startup' | 'typed',
  take: (message: Buffer, type: string) => void,
): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0);
  let untyped = first === 'startup';
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const at = untyped ? 0 : 1;
      if (rest.length < at + 4) return;
      const length = at + rest.readInt32BE(at);
      if (rest.length < length) return;
      take(rest.subarray(0, length), untyped ? '' : String.fromCharCode(rest[0]!));
      untyped = false;
      rest = rest.subarray(length);
    }
  };
}

/** ErrorResponse, then ReadyForQuery outside of a transaction. */
function failure(code: string): Buffer {
  const fields = Buffer.from(`SERROR\0VERROR\0C${code}\0Mplanted by the line\0\0`);
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields, Buffer.from([0x5a, 0, 0, 0, 5, 0x49])]);
}
