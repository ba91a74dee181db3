import { errorCodes } from 'fastify';
import type { Server } from './server.ts';

/**
 * Nobody waits for 10 s. A call of one statement has the timeout of that statement; a call that writes may run several.
 * The `handlerTimeout` of Fastify ends with the body of a request, which Node.js closes when it is read.
 */
export function limitHandlerTime(server: Server, ms: number): void {
  server.addHook('preHandler', async ({ method }, reply) => {
    if (method === 'GET' || method === 'HEAD') return;
    const timer = setTimeout(() => {
      if (!reply.sent && !reply.raw.headersSent) reply.send(new errorCodes.FST_ERR_HANDLER_TIMEOUT());
    }, ms);
    reply.raw.once('close', () => clearTimeout(timer));
  });
}
