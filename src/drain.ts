import { Server as TcpServer } from 'node:net';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';

/** Upper bound for emptying the accept queue, where connections come without end. */
const acceptTimeoutMs = 2000;

/** Accepts the connections that wait with the kernel, which hands over one a turn and resets those that are left. */
export async function acceptBacklog(http: TcpServer): Promise<void> {
  let newest = performance.now();
  const note = () => {
    newest = performance.now();
  };
  http.on('connection', note);
  const ends = newest + acceptTimeoutMs;
  for (let turnBegan = 0; turnBegan <= newest && turnBegan < ends; ) {
    turnBegan = performance.now();
    await nextTurn();
    await nextTurn();
  }
  http.off('connection', note);
}

/**
 * Takes no new connection, and ends each that there is with its next answer: one that is closed while idle may be about to
 * carry a request, which a proxy may not repeat. Resolves when none is left, or after `idleTimeoutMs`.
 */
export async function endConnections(http: TcpServer, idleTimeoutMs: number): Promise<void> {
  http.prependListener('request', (_request, response) => {
    response.shouldKeepAlive = false;
  });
  // that of HTTP would close the idle ones
  const ended = new Promise((resolve) => TcpServer.prototype.close.call(http, resolve));
  const timeout = new AbortController();
  await Promise.race([ended, pause(idleTimeoutMs, undefined, { signal: timeout.signal }).catch(() => {})]);
  timeout.abort();
}
