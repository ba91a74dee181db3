import type { Server } from './server.ts';

/** Logs one line a request, without path, query or any header: these can hold data that no log may have. */
export function logRequests(server: Server): void {
  server.addHook('onResponse', (request, reply, done) => {
    done();
    if (request.routeOptions.logLevel === 'silent') return;
    const { method } = request;
    const route = request.routeOptions.url ?? 'no route';
    request.log.info(
      { reqId: request.id, method, route, status: reply.statusCode, ms: Math.round(reply.elapsedTime * 10) / 10 },
      'request completed',
    );
  });
}
