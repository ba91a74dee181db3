import type { Database } from '../db/database.ts';
import { sendHttpProblem } from './errors.ts';
import type { Server } from './server.ts';

/** The dependencies of the health checks. */
export interface HealthNeeds {
  readonly db: Database;
  /** Whether the process is about to stop, so that a load balancer sends it no new requests. */
  readonly isStopping: () => boolean;
}

/** `/livez`: the process answers. `/readyz`: the database answers too and no stop is in progress, else 503. */
export function healthApi(server: Server, { db, isStopping }: HealthNeeds): void {
  server.get('/livez', { logLevel: 'silent' }, async () => ({ status: 'ok' }));
  server.get('/readyz', { logLevel: 'silent' }, async (request, reply) => {
    if (isStopping()) return sendHttpProblem(request, reply, { code: 'unavailable' });
    await db.run(() => db.sql`select 1`);
    return { status: 'ok' };
  });
}
