import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { parseConnectionString } from '../../src/db/connection-string.ts';

/** A way to the database that counts the round trips made over it. */
export interface RoundTripCounter {
  readonly url: string;
  /** How often, so far, something was said to a server that owed no answer: what travels together counts once. */
  roundTrips(): number;
  /** What the clients said so far: the type of each message, and its text; a start has no type. */
  readonly said: readonly { readonly type: string; readonly text: string }[];
  close(): void;
}

/**
 * Opens a port of the loopback before a database. The connection whose message is the `cutAt`-th in all breaks. It reads messages as the manual of PostgreSQL has
 * them, chapter 54.
 */
export async function countRoundTrips(databaseUrl: string, cutAt = 0): Promise<RoundTripCounter> {
  const { hosts: places, url } = parseConnectionString(databaseUrl);
  const place = places[0]!;
  const sockets = new Set<Socket>();
  let trips = 0;
  const heard: { type: string; text: string }[] = [];
  const server = createServer((client) => {
    const far = 'path' in place ? connect(place.path) : connect(place.port, place.host);
    for (const socket of [client.setNoDelay(), far]) {
      sockets.add(socket);
      socket.on('error', () => {});
    }
    let owed = 0;
    const said = messages('startup', (type, text) => {
      heard.push({ type, text });
      if (type === 'S' || type === 'Q') owed += 1;
    });
    const answered = messages('typed', (type) => {
      if (type === 'Z') owed -= 1;
    });
    client.on('data', (chunk) => {
      if (owed <= 0) trips += 1;
      const before = heard.length;
      said(chunk);
      if (before < cutAt && heard.length >= cutAt) client.destroy();
      else far.write(chunk);
    });
    far.on('data', (chunk) => {
      answered(chunk);
      client.write(chunk);
    });
    client.on('close', () => far.destroy());
    far.on('close', () => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const own = new URL(url);
  own.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: own.href,
    roundTrips: () => trips,
    said: heard,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Tells the type and the text of each message in a stream, however it is cut; the first one that a client says has none. */
function messages(first: 'startup' | 'typed', tell: (type: string, text: string) => void): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0);
  let untyped = first === 'startup';
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const at = untyped ? 0 : 1;
      if (rest.length < at + 4) return;
      const length = at + rest.readInt32BE(at);
      if (rest.length < length) return;
      tell(untyped ? '' : String.fromCharCode(rest[0]!), rest.subarray(at + 4, length).toString('latin1'));
      untyped = false;
      rest = rest.subarray(length);
    }
  };
}
