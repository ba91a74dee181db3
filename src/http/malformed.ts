import type { IncomingMessage } from 'node:http';
import type { FastifyError } from 'fastify';
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

/** Why the request is refused whatever its path: the router could not read it, or it names no host (RFC 9112, 3.2). */
function malformed({ raw }: Request): Failure | undefined {
  const refused = (raw as Refused)[refusal];
  if (refused) return refused;
  return raw.headers.host === undefined && raw.httpVersion === '1.1' ? { code: 'bad_request' } : undefined;
}

/** Refuses malformed requests by `answer`, before anything is done for them. */
export function refuseMalformed(
  server: Server,
  answer: (request: Request, reply: Reply, failure: Failure) => Reply,
): void {
  server.addHook('onRequest', (request, reply, done) => {
    const failure = malformed(request);
    if (!failure) return done();
    answer(request, reply, failure);
  });
}
