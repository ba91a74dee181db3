import type { Database } from '../db/database.ts';
import type { Server } from './server.ts';

/** `/livez`: the process answers. `/readyz`: the database does too, else 503. */
export function healthApi(server: Server, { db }: { readonly db: Database }): void {
  server.get('/livez', { logLevel: 'silent' }, async () => ({ status: 'ok' }));
  server.get('/readyz', { logLevel: 'silent' }, async () => {
    await db.sql`select 1`;
    return { status: 'ok' };
  });
}
