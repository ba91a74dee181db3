import { connect, isIP, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import type { Address } from './address.ts';
import type { Place } from './place.ts';
import type { TlsOptions } from './tls-options.ts';

const defaultTimeoutMs = 3000;

/**
 * A socket that is connected, and under TLS where `encrypted`; throws after `connect_timeout`, or 3 s, or as the system says.
 * Where TLS is only preferred and the server has none, the socket is a plain one.
 */
export async function dial(place: Place, address: Address, encrypted: boolean): Promise<Socket> {
  const begun = performance.now();
  const timeoutMs = address.connectTimeoutMs || defaultTimeoutMs;
  const plain = await inTime(timeoutMs, connectTo(place), begun);
  if (address.keepAliveSeconds > 0) plain.setKeepAlive(true, 1000 * address.keepAliveSeconds);
  const socket =
    encrypted && 'host' in place ? await inTime(timeoutMs, startTls(plain, place, address.tls), begun) : plain;
  // The client names them in its errors.
  if ('host' in place) Object.assign(socket, { host: place.host, port: place.port });
  const unheard = socket.bytesRead;
  const isSilent = () => socket.bytesRead === unheard;
  refuseStrangers(socket);
  closeWithoutFault(socket, isSilent);
  closeUnused(socket);
  // The client would connect again and again, without a pause, to one that hangs up before its first word.
  socket.once('end', () => isSilent() && socket.destroy(lost('ECONNRESET')));
  return socket;
}

interface Pending {
  readonly socket: Socket;
  readonly ready: Promise<Socket>;
}

async function inTime(ms: number, { socket, ready }: Pending, begun: number): Promise<Socket> {
  const left = Math.max(1, begun + ms - performance.now());
  const timer = setTimeout(() => socket.destroy(lost('CONNECT_TIMEOUT')), left);
  try {
    return await ready;
  } finally {
    clearTimeout(timer);
  }
}

function connectTo(place: Place): Pending {
  const socket = 'path' in place ? connect(place.path) : connect(place.port, place.ip ?? place.host);
  const ready = new Promise<Socket>((resolve, reject) => {
    // Stays, so that an error between two listeners of the client is none of the process.
    socket.on('error', reject);
    socket.once('connect', () => resolve(socket));
  });
  return { socket, ready };
}

/** `SSLRequest` (PostgreSQL manual, 54.2.10), then the handshake over the same connection. */
function startTls(plain: Socket, place: { readonly host: string }, tls: TlsOptions): Pending {
  const ready = (async () => {
    if (!tls.direct && !(await offersTls(plain))) {
      if (tls.mode === 'allow' || tls.mode === 'prefer') return plain;
      throw broke(plain, 'ERR_TLS_NOT_OFFERED', `The server has no TLS, and sslmode=${tls.mode} insists on it`);
    }
    return handshake(plain, place, tls);
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
    plain.once('close', () => fail(lost('ECONNRESET')));
    socket.once('close', () => plain.destroy());
    socket.once('secureConnect', () => resolve(socket));
  });
}

function directError(error: Error): Error {
  if ((error as { code?: unknown }).code !== 'ECONNRESET') return error;
  const message = 'The server hung up at the TLS handshake: sslnegotiation=direct needs PostgreSQL 17 with TLS';
  return Object.assign(new Error(message), { code: 'ERR_TLS_DIRECT' });
}

const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/** One byte, S or N; more than it could be put in by somebody in the middle (CVE-2021-23222). */
function offersTls(socket: Socket): Promise<boolean> {
  return new Promise((resolve, reject) => {
    socket.once('end', () => reject(lost('ECONNRESET')));
    socket.once('close', () => reject(lost('ECONNRESET')));
    socket.on('error', reject);
    socket.once('data', (answer: Buffer) => {
      const text = answer.toString('latin1');
      if (text === 'S' || text === 'N') return resolve(text === 'S');
      // An error message, of a server older than TLS.
      if (text.startsWith('E')) return resolve(false);
      socket.destroy();
      reject(stranger());
    });
    socket.write(sslRequest);
  });
}

function broke(socket: Socket, code: string, message: string): Error {
  socket.destroy();
  return Object.assign(new Error(message), { code });
}

/**
 * What speaks another protocol is no PostgreSQL: the first message of one is R, E, N or v (manual, 54.2.1). The client
 * (postgres 3.4) would connect to it again and again, without a pause.
 */
function refuseStrangers(socket: Socket): void {
  const destroy = socket.destroy.bind(socket);
  socket.once('data', (first: Buffer) => {
    if (!/^[RENv]/.test(first.toString('latin1', 0, 1))) destroy(stranger());
  });
}

function stranger(): Error {
  return Object.assign(new Error('The server does not answer as PostgreSQL does'), { code: 'ERR_NO_POSTGRESQL' });
}

/**
 * Between the events `error` and `close` of a socket the client (postgres 3.4) still gives it calls, which it then never
 * answers, and after the next connect it waits for them for ever. So an established connection only closes, which the
 * client takes as a fault as well; before the server's first word it would try again instead, without an end.
 */
function closeWithoutFault(socket: Socket, isSilent: () => boolean): void {
  const destroy = socket.destroy.bind(socket);
  socket.destroy = (fault) => destroy(isSilent() ? fault : undefined);
}

/**
 * Where a connection of the client (postgres 3.4) closes while something waits to be written, its successors write
 * nothing either until a kilobyte has come together. Each is closed, so that no call waits for it.
 */
function closeUnused(socket: Socket): void {
  const written = socket.bytesWritten;
  setTimeout(() => socket.bytesWritten === written && socket.destroy(lost('CONNECTION_CLOSED')), 100).unref();
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

/** The error of a connection that ended by itself, or that is ended by us. */
export function lost(code: string): Error {
  return Object.assign(new Error(`The database does not answer (${code})`), { code });
}
