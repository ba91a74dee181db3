import type { IncomingMessage } from 'node:http';
import type { FastifyError } from 'fastify';
import { hasBody } from './door.ts';
import { type Failure, failureOf } from './faults.ts';
import type { Reply, Request, Server } from './server.ts';

const refusal = Symbol('why no route may take the request');

interface Refused extends IncomingMessage {
  [refusal]?: Failure;
}

/**
 * What the router itself refuses (a broken escape, a part of the path that is too long) has passed no hook. It is sent
 * in once more, to a path that no route has, so that it is answered, protected, counted and logged as all others are.
 */
export function sendThroughHooks(fault: FastifyError, request: Request, reply: Reply): void {
  const raw: Refused = request.raw;
  raw[refusal] = failureOf(fault, request);
  raw.url = raw.url?.startsWith('/api/') ? '/api/-' : '/-';
  request.server.routing(raw, reply.raw);
}

/** Refuses malformed requests by `answer`, before anything is done for them. */
export function refuseMalformed(
  server: Server,
  answer: (request: Request, reply: Reply, failure: Failure) => Reply,
): void {
  server.addHook('onRequest', (request, reply, done) => {
    const failure = malformed(request.raw);
    if (!failure) return done();
    // RFC 9110, 15.5.16: the client learns that it was the coding
    if (failure.code === 'unsupported_media_type') reply.header('accept-encoding', 'identity');
    answer(request, reply, failure);
  });
}

/** Why a request is refused whatever its path. */
function malformed(raw: Refused): Failure | undefined {
  const { headers } = raw;
  if (raw[refusal]) return raw[refusal];
  if (!hasOneHost(raw)) return { code: 'bad_request' };
  if (headers['transfer-encoding'] !== undefined && !/^chunked$/i.test(headers['transfer-encoding']))
    return { code: 'bad_request' };
  const isCoded = headers['content-encoding'] !== undefined && !/^(?:identity)?$/i.test(headers['content-encoding']);
  return isCoded && hasBody(raw) ? { code: 'unsupported_media_type' } : undefined;
}

const hostForm = /^(?:\[[\da-f:.]+\]|[\w.~!$&'()*+;=%-]*)(?::\d*)?$/i;

/** RFC 9112, 3.2: exactly one, and a host; HTTP/1.0 may leave it out. With two, a proxy may have seen the other one. */
function hasOneHost({ headers, rawHeaders, httpVersion }: IncomingMessage): boolean {
  if (headers.host === undefined) return httpVersion === '1.0';
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!;
    if (name.length === 4 && name.toLowerCase() === 'host') count += 1;
  }
  return count === 1 && hostForm.test(headers.host);
}
