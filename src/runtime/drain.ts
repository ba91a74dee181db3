import { Server as TcpServer } from 'node:net';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';

/** Upper bound for draining the accept queue, in case that new connections never stop. */
const acceptTimeoutMs = 2000;

/** Accepts the connections in the kernel's accept queue, which delivers one a turn and resets the rest. */
export async function acceptBacklog(http: TcpServer): Promise<void> {
  let newest = performance.now();
  const onConnection = () => {
    newest = performance.now();
  };
  http.on('connection', onConnection);
  const deadline = newest + acceptTimeoutMs;
  for (let turnBegan = 0; turnBegan <= newest && turnBegan < deadline; ) {
    turnBegan = performance.now();
    await nextTurn();
    await nextTurn();
  }
  http.off('connection', onConnection);
}

/**
 * Accepts no new connection, and ends each open one with its next response: an idle connection may be about to carry a
 * request, which a proxy may not repeat. Resolves when none is left, or after `idleTimeoutMs`.
 */
export async function endConnections(http: TcpServer, idleTimeoutMs: number): Promise<void> {
  http.prependListener('request', (_request, response) => {
    response.shouldKeepAlive = false;
  });
  // the one of HTTP would close idle connections
  const closed = new Promise((resolve) => TcpServer.prototype.close.call(http, resolve));
  const timeout = new AbortController();
  await Promise.race([closed, pause(idleTimeoutMs, undefined, { signal: timeout.signal }).catch(() => {})]);
  timeout.abort();
}
