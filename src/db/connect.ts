import { connect, isIP, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { errorCode, toError } from '../kit/caught.ts';
import type { ConnectionParams } from './connection-string.ts';
import type { Host } from './host.ts';
import type { TlsOptions } from './tls-options.ts';

const defaultTimeoutMs = 3000;

/**
 * Opens a connected socket, under TLS if `encrypted`. Throws after `connect_timeout`, or 3 s, or as the system decides.
 * If TLS is only preferred and the server has none, the socket is a plain one.
 */
export async function connectSocket(host: Host, params: ConnectionParams, encrypted: boolean): Promise<Socket> {
  const startedAt = performance.now();
  const timeoutMs = params.connectTimeoutMs || defaultTimeoutMs;
  const plain = await withTimeout(timeoutMs, connectTo(host), startedAt);
  if (params.keepAliveSeconds > 0) plain.setKeepAlive(true, 1000 * params.keepAliveSeconds);
  const socket =
    encrypted && 'host' in host ? await withTimeout(timeoutMs, startTls(plain, host, params.tls), startedAt) : plain;
  // The client puts them into its errors.
  if ('host' in host) Object.assign(socket, { host: host.host, port: host.port });
  const bytesBefore = socket.bytesRead;
  const isSilent = () => socket.bytesRead === bytesBefore;
  refuseOtherServers(socket);
  closeWithoutError(socket, isSilent);
  closeUnused(socket);
  // The client would reconnect without a pause to a server that hangs up before its first message.
  socket.once('end', () => isSilent() && socket.destroy(connectionError('ECONNRESET')));
  return socket;
}

interface PendingSocket {
  readonly socket: Socket;
  readonly ready: Promise<Socket>;
}

async function withTimeout(ms: number, { socket, ready }: PendingSocket, startedAt: number): Promise<Socket> {
  const left = Math.max(1, startedAt + ms - performance.now());
  const timer = setTimeout(() => socket.destroy(connectionError('CONNECT_TIMEOUT')), left);
  try {
    return await ready;
  } finally {
    clearTimeout(timer);
  }
}

function connectTo(host: Host): PendingSocket {
  const socket = 'path' in host ? connect(host.path) : connect(host.port, host.ip ?? host.host);
  const ready = new Promise<Socket>((resolve, reject) => {
    // This listener stays: between two listeners of the client, an error would end the process.
    socket.on('error', reject);
    socket.once('connect', () => resolve(socket));
  });
  return { socket, ready };
}

/** `SSLRequest` (PostgreSQL manual, 54.2.10), then the handshake over the same connection. */
function startTls(plain: Socket, host: { readonly host: string }, tls: TlsOptions): PendingSocket {
  const ready = (async () => {
    if (!tls.direct && !(await offersTls(plain))) {
      if (tls.mode === 'allow' || tls.mode === 'prefer') return plain;
      throw destroyWith(plain, 'ERR_TLS_NOT_OFFERED', `The server has no TLS, and sslmode=${tls.mode} insists on it`);
    }
    return handshake(plain, host, tls);
  })();
  return { socket: plain, ready };
}

function handshake(plain: Socket, { host }: { readonly host: string }, tls: TlsOptions): Promise<Socket> {
  const verifies = tls.mode === 'verify-ca' || tls.mode === 'verify-full';
  return new Promise<Socket>((resolve, reject) => {
    const socket = connectTls({
      ...tls.context,
      socket: plain,
      // The name that the certificate is checked against.
      host,
      servername: tls.sendsName && isIP(host) === 0 ? host : '',
      rejectUnauthorized: verifies,
      ...(tls.mode === 'verify-ca' ? { checkServerIdentity: () => undefined } : {}),
      ...(tls.direct ? { ALPNProtocols: ['postgresql'] } : {}),
    });
    const fail = (error: Error) => reject(tls.direct ? directError(error) : error);
    socket.on('error', fail);
    plain.on('error', fail);
    plain.once('close', () => fail(connectionError('ECONNRESET')));
    socket.once('close', () => plain.destroy());
    socket.once('secureConnect', () => resolve(socket));
  });
}

function directError(error: Error): Error {
  if (errorCode(error) !== 'ECONNRESET') return error;
  const message = 'The server hung up at the TLS handshake: sslnegotiation=direct needs PostgreSQL 17 with TLS';
  return Object.assign(new Error(message), { code: 'ERR_TLS_DIRECT' });
}

const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/**
 * Resolves with true for S and false for N. More bytes than one could be injected by somebody in the middle
 * (CVE-2021-23222).
 */
function offersTls(socket: Socket): Promise<boolean> {
  return new Promise((resolve, reject) => {
    socket.once('end', () => reject(connectionError('ECONNRESET')));
    socket.once('close', () => reject(connectionError('ECONNRESET')));
    socket.on('error', reject);
    socket.once('data', (answer: Buffer) => {
      const text = answer.toString('latin1');
      if (text === 'S' || text === 'N') return resolve(text === 'S');
      // An error message of a server older than TLS.
      if (text.startsWith('E')) return resolve(false);
      socket.destroy();
      reject(notPostgresError());
    });
    socket.write(sslRequest);
  });
}

function destroyWith(socket: Socket, code: string, message: string): Error {
  socket.destroy();
  return Object.assign(new Error(message), { code });
}

/**
 * Refuses a server that is not PostgreSQL, whose first message would be R, E, N or v (manual, 54.2.1). The client
 * (postgres 3.4) would reconnect to it without a pause.
 */
function refuseOtherServers(socket: Socket): void {
  const destroy = socket.destroy.bind(socket);
  socket.once('data', (first: Buffer) => {
    if (!/^[RENv]/.test(first.toString('latin1', 0, 1))) destroy(notPostgresError());
  });
}

function notPostgresError(): Error {
  return Object.assign(new Error('The server does not answer as PostgreSQL does'), { code: 'ERR_NO_POSTGRESQL' });
}

/**
 * Lets an established connection close without an error. Between the events `error` and `close` the client (postgres
 * 3.4) still gives the socket queries, never answers them, and waits for them for ever after the next connect. A closed
 * connection is an error to the client as well. Before the server's first message the client would retry endlessly
 * instead.
 */
function closeWithoutError(socket: Socket, isSilent: () => boolean): void {
  const destroy = socket.destroy.bind(socket);
  socket.destroy = (error) => destroy(isSilent() ? error : undefined);
}

/**
 * Closes a connection on which nothing was written. If a connection of the client (postgres 3.4) closes while data
 * waits to be written, its successors write nothing until a kilobyte has come together; closing them lets no query
 * hang.
 */
function closeUnused(socket: Socket): void {
  const written = socket.bytesWritten;
  setTimeout(
    () => socket.bytesWritten === written && socket.destroy(connectionError('CONNECTION_CLOSED')),
    100,
  ).unref();
}

/**
 * A stream that fails after the client's first write. Not earlier: the client (postgres 3.4) keeps a connection for
 * ever if its socket failed before, or if its `socket` function rejected.
 */
export function failingStream(error: unknown): Duplex {
  const stream: Duplex = new Duplex({ read() {}, write: () => void stream.destroy(toError(error)) });
  setTimeout(() => stream.destroy(toError(error)), 100).unref();
  return stream;
}

/** The error of a connection that the other side or we ended. */
export function connectionError(code: string): Error {
  return Object.assign(new Error(`The database does not answer (${code})`), { code });
}
