import { sendHttpProblem } from './errors.ts';
import type { Server } from './server.ts';

/**
 * Answers 405 with `Allow` (RFC 9110) to every method that a path of ours does not have. Call it first, and the
 * returned function after all routes are mounted.
 */
export function refuseOtherMethods(server: Server): () => void {
  const methods = new Map<string, Set<string>>();
  server.addHook('onRoute', ({ url, method }) => {
    const known = methods.get(url) ?? new Set();
    for (const name of [method].flat()) known.add(name);
    methods.set(url, known);
  });
  return () => {
    for (const [url, known] of [...methods]) {
      const allow = [...known].sort().join(', ');
      server.route({
        url,
        method: server.supportedMethods.filter((method) => !known.has(method)),
        exposeHeadRoute: false,
        config: { forOtherMethods: true },
        schema: { hide: true },
        handler: (request, reply) =>
          sendHttpProblem(request, reply.header('allow', allow), { code: 'method_not_allowed' }),
      });
    }
  };
}
