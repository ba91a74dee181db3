import type { Database } from '../db/database.ts';
import { sendFailure } from './faults.ts';
import type { Server } from './server.ts';

/** What telling one's health needs. */
export interface HealthNeeds {
  readonly db: Database;
  /** Whether the process is about to stop, so that a balancer sends it nobody new. */
  readonly isStopping: () => boolean;
}

/** `/livez`: the process answers. `/readyz`: the database does too and no stop is under way, else 503. */
export function healthApi(server: Server, { db, isStopping }: HealthNeeds): void {
  server.get('/livez', { logLevel: 'silent' }, async () => ({ status: 'ok' }));
  server.get('/readyz', { logLevel: 'silent' }, async (request, reply) => {
    if (isStopping()) return sendFailure(request, reply, { code: 'unavailable' });
    await db.run(() => db.sql`select 1`);
    return { status: 'ok' };
  });
}
