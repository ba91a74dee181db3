import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sql } from 'postgres';
import { eventually } from './embedded-database.ts';

/** Lets every role connect to an embedded PostgreSQL over its socket. The rules of a start let in one role alone. */
export async function allowAllRoles(dataDir: string, sql: Sql): Promise<void> {
  await appendFile(join(dataDir, 'postgres', 'pg_hba.conf'), 'local all all trust\n');
  await sql`select pg_reload_conf()`;
  await eventually('the new rules', async () => {
    const rules = await sql`select from pg_hba_file_rules where auth_method = 'trust'`;
    return rules.length > 0;
  });
}
