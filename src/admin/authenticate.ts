import { findKeyActor, type KeyActor } from '../api-keys/find-key-actor.ts';
import type { Database } from '../db/database.ts';
import { bearerToken } from '../http/bearer-token.ts';
import type { Request, Server } from '../http/server.ts';
import { LineLimit } from '../kit/line-limit.ts';
import type { Log } from '../kit/log.ts';
import { present } from '../kit/present.ts';
import { maskIp } from '../limits/client-ip.ts';
import { refuse } from './respond.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The API key of a request to the management API, once it is checked. */
    keyActor: KeyActor | null;
  }
}

/** Checks the API key of each request, before its body is read. */
export function authenticateByKey(server: Server, { db, log }: { readonly db: Database; readonly log: Log }): void {
  const lines = new LineLimit();
  server.decorateRequest('keyActor', null);
  server.addHook('onRequest', async (request, reply) => {
    const found = await findKeyActor(db, bearerToken(request), request.ip);
    if (found.ok) {
      request.keyActor = found.actor;
      return;
    }
    if (found.code === 'network_not_allowed') {
      const suppressed = lines.admit(found.keyId);
      const client = maskIp(request.ip);
      if (suppressed !== undefined) log.warn({ keyId: found.keyId, client, suppressed }, 'key from another network');
    }
    return refuse(request, reply, found);
  });
}

/** The API key of a request that has been let in. */
export function actorOf(request: Request): KeyActor {
  return present(request.keyActor, 'the key of the request');
}
