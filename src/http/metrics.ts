import { createHash } from 'node:crypto';
import { sameBytes } from '../kit/secret.ts';
import { bearerToken, sendUnauthenticated } from './bearer-token.ts';
import type { Server } from './server.ts';

/** The dependencies of the request counters and of the metrics on the main port. */
export interface MetricsNeeds {
  readonly metrics: {
    answered(request: { method: string; route: string | undefined; status: number; seconds: number }): void;
    refused(): void;
  };
  /** The token for scraping on the main port, and the source of the metrics; undefined if nobody may scrape there. */
  readonly scraping: { readonly token: string; read(): Promise<string> } | undefined;
}

/** Counts each response by its route as it is mounted; an unknown path has no route. */
export function countRequests(server: Server, { metrics }: MetricsNeeds): void {
  server.addHook('onResponse', (request, reply, done) => {
    done();
    const { url, config } = request.routeOptions;
    const route = config?.forOtherMethods ? undefined : url;
    metrics.answered({ method: request.method, route, status: reply.statusCode, seconds: reply.elapsedTime / 1000 });
  });
}

/**
 * `/metrics` in the text format of Prometheus, for clients with the token; without a token the route does not exist.
 */
export function metricsApi(server: Server, { scraping }: MetricsNeeds): void {
  if (!scraping) return;
  const expected = digest(scraping.token);
  server.get('/metrics', { logLevel: 'silent', schema: { hide: true } }, async (request, reply) => {
    if (!sameBytes(digest(bearerToken(request) ?? ''), expected)) return sendUnauthenticated(request, reply);
    reply.header('cache-control', 'no-store').type('text/plain; version=0.0.4; charset=utf-8');
    return scraping.read();
  });
}

/** A digest has one length whatever was given, so the comparison takes constant time. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
