import type { IncomingMessage } from 'node:http';
import type { FastifyError } from 'fastify';
import { type HttpProblem, toProblem } from './errors.ts';
import { hasBody } from './load-shedding.ts';
import type { Reply, Request, Server } from './server.ts';

const refusal = Symbol('why no route may take the request');

interface Refused extends IncomingMessage {
  [refusal]?: HttpProblem;
}

/**
 * Sends a request that the router itself refuses (a broken escape, a segment that is too long) in once more, to a path
 * without a route. Such a request has passed no hook; the second time it is answered, protected, counted and logged
 * like all others.
 */
export function sendThroughHooks(error: FastifyError, request: Request, reply: Reply): void {
  const raw: Refused = request.raw;
  raw[refusal] = toProblem(error, request);
  raw.url = `${/^\/(?:api|admin|v[12])(?=\/)/.exec(raw.url ?? '')?.[0] ?? ''}/-`;
  request.server.routing(raw, reply.raw);
}

/** Refuses malformed requests by `refuse`, before anything else is done for them. */
export function refuseMalformed(
  server: Server,
  refuse: (request: Request, reply: Reply, failure: HttpProblem) => Reply,
): void {
  server.addHook('onRequest', (request, reply, done) => {
    const failure = malformed(request.raw);
    if (!failure) return done();
    // RFC 9110, 15.5.16: tells the client that the coding was the reason
    if (failure.code === 'unsupported_media_type') reply.header('accept-encoding', 'identity');
    refuse(request, reply, failure);
  });
}

/** The failure of a request that is malformed whatever its path. */
function malformed(raw: Refused): HttpProblem | undefined {
  const { headers } = raw;
  if (raw[refusal]) return raw[refusal];
  if (!hasOneHost(raw)) return { code: 'bad_request' };
  if (headers['transfer-encoding'] !== undefined && !/^chunked$/i.test(headers['transfer-encoding']))
    return { code: 'bad_request' };
  const isCoded = headers['content-encoding'] !== undefined && !/^(?:identity)?$/i.test(headers['content-encoding']);
  return isCoded && hasBody(raw) ? { code: 'unsupported_media_type' } : undefined;
}

const hostForm = /^(?:\[[\da-f:.]+\]|[\w.~!$&'()*+;=%-]*)(?::\d*)?$/i;

/** RFC 9112, 3.2: exactly one Host header; HTTP/1.0 may leave it out. With two, a proxy may have used the other one. */
function hasOneHost({ headers, rawHeaders, httpVersion }: IncomingMessage): boolean {
  if (headers.host === undefined) return httpVersion === '1.0';
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') count += 1;
  }
  return count === 1 && hostForm.test(headers.host);
}
