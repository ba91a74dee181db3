import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { type AddressInfo, createServer, isIP, type Server as TcpServer } from 'node:net';
import type { Logger } from 'pino';
import type { Server } from '../http/server.ts';
import { explainListenError } from '../kit/listen-error.ts';

/**
 * The accept queue: a burst may open this many connections at once. A connection that finds it full gets no answer, and
 * the client retries after 1, 3 and 7 s.
 */
const backlog = 4096;

/** Fastify logs what this returns, and pino takes an object as fields: the line is that of our other IP addresses. */
const listenTextResolver = (url: string) => ({ url, msg: 'server listening' }) as unknown as string;

/** The sockets that a server listens on. */
export interface Listening {
  readonly port: number;
  /** Closes the sockets of all IP addresses but the first one, whose socket is the server's own. */
  closeOthers(): void;
}

/**
 * Listens on every IP address of a host name: a browser may use any of those of `localhost`. Throws, with a sentence for
 * an operator, if an IP address is unavailable.
 */
export async function listen(
  server: Server,
  host: string,
  port: number,
  log: Logger,
  names = { hostVariable: 'HOST', portVariable: 'PORT' },
): Promise<Listening> {
  const furtherServers: TcpServer[] = [];
  const closeOthers = () => {
    for (const furtherServer of furtherServers) furtherServer.close();
  };
  try {
    const [first = host, ...rest] = await addressesOf(host);
    await server.listen({ host: first, port, backlog, listenTextResolver });
    const { port: boundPort } = server.server.address() as AddressInfo;
    for (const address of rest) {
      const further = createServer({ noDelay: true }, (socket) => server.server.emit('connection', socket));
      const listening = further.listen({ host: address, port: boundPort, backlog });
      // a free port on one IP address may be taken on the next
      await (port === 0 ? once(listening, 'listening').catch(() => {}) : once(listening, 'listening'));
      if (!further.listening) continue;
      furtherServers.push(further);
      log.info({ url: `http://${isIP(address) === 6 ? `[${address}]` : address}:${boundPort}` }, 'server listening');
    }
    return { port: boundPort, closeOthers };
  } catch (error) {
    closeOthers();
    throw await explainListenError(error, { host, port, ...names });
  }
}

async function addressesOf(host: string): Promise<string[]> {
  if (isIP(host.split('%')[0] ?? '')) return [host];
  const isLocal = /^(.*\.)?localhost\.?$/i.test(host);
  const addresses = await lookup(host, { all: true }).catch((error) => (isLocal ? [] : Promise.reject(error)));
  const listed = addresses.map(({ address }) => address).sort((a, b) => isIP(a) - isIP(b));
  const all = isLocal ? ['127.0.0.1', '::1', ...listed] : listed;
  const available = await Promise.all(
    [...new Set(all)].map(async (address) => ((await exists(address)) ? [address] : [])),
  );
  // with no IP address, the first error is the reason
  return available.flat().length > 0 ? available.flat() : all.slice(0, 1);
}

async function exists(address: string): Promise<boolean> {
  const trial = createServer().listen({ host: address, port: 0, exclusive: true });
  try {
    await once(trial, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    trial.close();
  }
}
