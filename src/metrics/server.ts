import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Registry } from 'prom-client';
import { explainListenError } from '../kit/listen-error.ts';
import type { Log } from '../kit/log.ts';
import type { Exposition } from './exposition.ts';

/** The metrics endpoint on a port of its own. */
export interface MetricsServer {
  close(): void;
}

const maxConnections = 32;
const requestTimeoutMs = 5000;

/** Serves `GET /metrics` on a port of its own, without a token; port 0 takes a free port, which is logged. */
export async function startMetricsServer(
  { host, port }: { host: string; port: number },
  { exposition, log }: { exposition: Exposition; log: Log },
): Promise<MetricsServer> {
  const server = createServer(
    { headersTimeout: requestTimeoutMs, requestTimeout: requestTimeoutMs },
    (request, response) => {
      const path = request.url?.split('?')[0];
      if (path !== '/metrics') return void answer(response, 404, 'The metrics are at /metrics\n');
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        response.setHeader('allow', 'GET, HEAD');
        return void answer(response, 405, 'Only GET and HEAD\n');
      }
      exposition().then(
        (text) => answer(response, 200, text, Registry.PROMETHEUS_CONTENT_TYPE),
        (error: Error) => {
          log.error({ err: error }, 'metrics scrape failed');
          answer(response, 500, 'The log has the reason\n');
        },
      );
    },
  );
  server.maxConnections = maxConnections;
  server.listen({ host, port });
  await once(server, 'listening').catch(async (error) => {
    throw await explainListenError(error, { host, port, hostVariable: 'METRICS_HOST', portVariable: 'METRICS_PORT' });
  });
  const { address, port: boundPort, family } = server.address() as AddressInfo;
  const url = `http://${family === 'IPv6' ? `[${address}]` : address}:${boundPort}/metrics`;
  log.info({ url }, 'metrics server listening');
  return {
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function answer(response: ServerResponse, status: number, text: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
  });
  response.end(response.req.method === 'HEAD' ? undefined : text);
}
