import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import type { Certified } from './certificates.ts';

/** What stands before a server of ours, which has only a socket, and speaks TLS for it as PostgreSQL does. */
export interface TlsFront {
  readonly port: number;
  /** How each connection came, in order. */
  readonly seen: { encrypted: boolean; serverName?: string | undefined; clientName?: string | undefined }[];
  close(): void;
}

/** How it answers: with TLS, with none, with either but an encrypted connection is demanded, or with TLS from the first byte. */
export type TlsAnswer = 'offers' | 'has none' | 'demands' | 'direct';

/** Opens a port of the loopback before the socket at `target`. */
export async function openTlsFront(
  target: string,
  { answer, certified, clientsOf }: { answer: TlsAnswer; certified?: Certified; clientsOf?: string },
): Promise<TlsFront> {
  const seen: TlsFront['seen'] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    sockets.add(client.on('error', () => {}));
    if (answer === 'direct') return secure(client);
    client.once('data', (first: Buffer) => {
      const asksForTls = first.length === 8 && first.readInt32BE(4) === 80877103;
      if (!asksForTls && answer === 'demands') return client.end(refusal);
      if (!asksForTls) return through(client, first);
      if (answer === 'has none') {
        client.write('N');
        return client.once('data', (start: Buffer) => through(client, start));
      }
      client.write('S');
      secure(client);
    });
  });
  function secure(client: Socket): void {
    const secureContext = createSecureContext({ ...certified, ...(clientsOf ? { ca: clientsOf } : {}) });
    const asked = clientsOf !== undefined;
    const stream = new TLSSocket(client, {
      isServer: true,
      secureContext,
      requestCert: asked,
      rejectUnauthorized: asked,
      ALPNProtocols: ['postgresql'],
    });
    stream.on('error', () => client.destroy());
    stream.once('secure', () => {
      const serverName = (stream as unknown as { servername: string | false }).servername || undefined;
      const clientName = stream.getPeerCertificate()?.subject?.CN as string | undefined;
      seen.push({ encrypted: true, serverName, clientName });
      pipe(stream);
    });
  }
  function through(client: Socket, first: Buffer): void {
    seen.push({ encrypted: false });
    pipe(client).write(first);
  }
  function pipe(client: Socket): Socket {
    const far = connect(target);
    sockets.add(far.on('error', () => {}));
    client.pipe(far).pipe(client);
    client.on('close', () => far.destroy());
    far.on('close', () => client.destroy());
    return far;
  }
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** As PostgreSQL refuses a connection for which pg_hba.conf has no line. */
const refusal = (() => {
  const fields = [
    'SFATAL',
    'VFATAL',
    'C28000',
    'Mno pg_hba.conf entry for host "127.0.0.1", user "vouch", no encryption',
  ];
  const text = Buffer.from(`${fields.join('\0')}\0\0`);
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeInt32BE(text.length + 4, 1);
  return Buffer.concat([head, text]);
})();
