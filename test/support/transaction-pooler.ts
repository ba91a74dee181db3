import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A pooler in transaction mode over one backend, as PgBouncer with `pool_size = 1` that ignores settings it does not know. */
export async function openTransactionPooler(target: string): Promise<{ port: number; close(): void }> {
  const sockets = new Set<Socket>();
  const track = (socket: Socket) => {
    sockets.add(socket.on('error', () => {}));
    return socket;
  };
  let backend: Socket | undefined;
  let greeting = Buffer.alloc(0);
  let holder: Socket | undefined;
  const waiting: [client: Socket, chunk: Buffer][] = [];

  const server = createServer((client) => {
    track(client);
    client.once('data', async (start: Buffer) => {
      if (backend === undefined) await login(start);
      client.write(withOtherPid(greeting));
      client.on('data', (chunk: Buffer) => {
        // "Terminate" ends the client and not the backend.
        if (chunk[0] === 0x58) return;
        waiting.push([client, chunk]);
        forward();
      });
    });
  });

  async function login(start: Buffer): Promise<void> {
    const field = (name: string) =>
      new RegExp(`\\0?${name}\\0([^\\0]+)\\0`).exec(start.subarray(8).toString('latin1'))![1]!;
    const body = Buffer.from(`user\0${field('user')}\0database\0${field('database')}\0client_encoding\0UTF8\0\0`);
    const head = Buffer.alloc(8);
    head.writeInt32BE(body.length + 8, 0);
    head.writeInt32BE(196_608, 4);
    backend = track(connect(target));
    const ready = new Promise<void>((resolve) => {
      let rest = Buffer.alloc(0);
      backend!.on('data', (chunk: Buffer) => {
        if (holder) holder.write(chunk);
        else greeting = Buffer.concat([greeting, chunk]);
        rest = Buffer.concat([rest, chunk]);
        while (rest.length >= 5 && rest.length > rest.readInt32BE(1)) {
          const isReady = rest[0] === 0x5a;
          rest = rest.subarray(1 + rest.readInt32BE(1));
          if (!isReady) continue;
          holder = undefined;
          resolve();
          forward();
        }
      });
    });
    backend.write(Buffer.concat([head, body]));
    await ready;
  }

  /** A client keeps the backend until its transaction is over. */
  function forward(): void {
    for (let at = waiting.findIndex(([client]) => holder === undefined || client === holder); at !== -1; ) {
      const [[client, chunk]] = waiting.splice(at, 1) as [[Socket, Buffer]];
      holder = client;
      backend!.write(chunk);
      at = waiting.findIndex(([one]) => one === holder);
    }
  }

  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** The key by which a client cancels is the pooler's own, and so is the process id in it. */
function withOtherPid(greeting: Buffer): Buffer {
  const own = Buffer.from(greeting);
  for (let at = 0; at < own.length; at += 1 + own.readInt32BE(at + 1)) {
    if (own[at] === 0x4b) own.writeInt32BE(Math.floor(Math.random() * 2 ** 31), at + 5);
  }
  return own;
}
