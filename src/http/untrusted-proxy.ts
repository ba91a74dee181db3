import type { Server } from './server.ts';

/**
 * Logs the first request with `X-Forwarded-For` from a peer that TRUST_PROXY does not name. Behind such a proxy all
 * clients have its IP address, and share its rate limits. A client that sends the header itself is logged too, since
 * the two cannot be told apart.
 */
export function noticeUntrustedProxy(server: Server): void {
  let isLogged = false;
  server.addHook('onRequest', (request, _reply, done) => {
    if (!isLogged && request.headers['x-forwarded-for'] !== undefined && request.ip === request.socket.remoteAddress) {
      isLogged = true;
      request.log.warn({ variable: 'TRUST_PROXY', example: '1' }, 'untrusted proxy');
    }
    done();
  });
}
