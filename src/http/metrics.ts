import { createHash } from 'node:crypto';
import { sameBytes } from '../kit/secret.ts';
import { sendUnauthenticated, tokenIn } from './credential.ts';
import type { Server } from './server.ts';

/** What counting requests, and telling the numbers on the main port, needs. */
export interface MetricsNeeds {
  readonly metrics: {
    answered(request: { method: string; route: string | undefined; status: number; seconds: number }): void;
    refused(): void;
  };
  /** Who may scrape on the main port, and what they hear; undefined where nobody may. */
  readonly scraping: { readonly token: string; read(): Promise<string> } | undefined;
}

/** Counts each answer by its route as it is mounted: an address that nobody mounted is no route. */
export function countRequests(server: Server, { metrics }: MetricsNeeds): void {
  server.addHook('onResponse', (request, reply, done) => {
    done();
    const { url, config } = request.routeOptions;
    const route = config?.forOtherMethods ? undefined : url;
    metrics.answered({ method: request.method, route, status: reply.statusCode, seconds: reply.elapsedTime / 1000 });
  });
}

/** `/metrics` in the text format of Prometheus, for those who have the token; without a token there is no such address. */
export function metricsApi(server: Server, { scraping }: MetricsNeeds): void {
  if (!scraping) return;
  const wanted = digest(scraping.token);
  server.get('/metrics', { logLevel: 'silent', schema: { hide: true } }, async (request, reply) => {
    if (!sameBytes(digest(tokenIn(request) ?? ''), wanted)) return sendUnauthenticated(request, reply);
    reply.header('cache-control', 'no-store').type('text/plain; version=0.0.4; charset=utf-8');
    return scraping.read();
  });
}

/** Of equal length whatever was given, so that comparing takes the same time. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
