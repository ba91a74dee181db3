import type { IncomingHttpHeaders } from 'node:http';
import type { Server } from './server.ts';

/** The parts of a request that decide about another origin. */
interface OriginRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

const methods = 'GET, HEAD, POST, PATCH, DELETE';
const requestHeaders = 'Authorization, Content-Type, Device-Token';
const readableHeaders = 'Device-Token, Retry-After, RateLimit, RateLimit-Policy, WWW-Authenticate';
const preflightSeconds = '600';

/**
 * Lets pages of the allowed origins call the API (Fetch standard, CORS protocol): these origins, exactly, and never with
 * cookies. Any other origin gets the response without headers of CORS, so that its browser keeps it from the page.
 */
export function allowOrigins(server: Server): void {
  server.addHook('onRequest', (request, reply, done) => {
    reply.headers(originHeaders(server.allowedOrigins, request.raw));
    if (isPreflight(request.raw)) reply.code(204).send();
    else done();
  });
}

/** The headers of CORS for the response to a request; none for a path outside of the API, or without allowed origins. */
export function originHeaders(allowed: ReadonlySet<string>, request: OriginRequest): Record<string, string> {
  if (allowed.size === 0 || !isApi(request)) return {};
  const { origin } = request.headers;
  // a cache must not hand the response of one origin to another one
  if (origin === undefined || !allowed.has(origin)) return { vary: 'Origin' };
  const own = { vary: 'Origin', 'access-control-allow-origin': origin };
  return isPreflight(request)
    ? {
        ...own,
        'access-control-allow-methods': methods,
        'access-control-allow-headers': requestHeaders,
        'access-control-max-age': preflightSeconds,
      }
    : { ...own, 'access-control-expose-headers': readableHeaders };
}

function isApi({ url = '' }: OriginRequest): boolean {
  return url.startsWith('/api/');
}

function isPreflight(request: OriginRequest): boolean {
  const { method, headers } = request;
  return (
    isApi(request) &&
    method === 'OPTIONS' &&
    headers.origin !== undefined &&
    headers['access-control-request-method'] !== undefined
  );
}
