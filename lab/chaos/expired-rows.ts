import type { Sql } from 'postgres';
import { insertingAccounts } from '../../test/support/accounts.ts';

/** By what a row of each table ends, and how long afterwards, as the product's sweep has it; sessions by idleness here. */
const ends = {
  session: { column: 'last_used_at', life: "interval '30 days'" },
  challenge: { column: 'sent_at[1]', life: "interval '24 hours 10 minutes'" },
  rate_limit: { column: 'tat', life: "interval '0'" },
} as const;

/** The tables that are swept. */
export const cleanedTables = ['session', 'challenge', 'rate_limit'] as const;

/**
 * Puts so many rows into each table that is swept; the first ends at `from` seconds from now and the others evenly until
 * `to`. `series` keeps the keys of several plantings apart. Needs a superuser.
 */
export async function insertExpiringRows(
  sql: Sql,
  { rows, from, to, series }: { rows: number; from: number; to: number; series: number },
): Promise<void> {
  const end = `now() + interval '1 second' * (${from} + (${to} - ${from}) * i::float8 / ${rows})`;
  const numbers = `generate_series(1, ${rows}) i`;
  await sql.begin(async (transaction) => {
    await transaction`select set_config('statement_timeout', '0', true), set_config('synchronous_commit', 'off', true),
      set_config('idle_in_transaction_session_timeout', '0', true)`;
    await transaction.unsafe(
      insertingAccounts(`select md5('planted ' || i)::uuid as id, '+999' || lpad(i::text, 8, '0') as phone_number,
        'ZZZ' || translate(lpad(i::text, 3, '0'), '0123456789', 'BCDFGHJKMN') as code, now() as created_at
        from generate_series(1, 999) i`),
    );
    // the accounts are there, so that looking for each of them by the foreign key would only take time
    await transaction`select set_config('session_replication_role', 'replica', true)`;
    await transaction.unsafe(`insert into session
      select md5('planted ' || (1 + i % 999))::uuid, sha256(('${series} ' || i)::bytea), gen_random_uuid(),
        now() - interval '40 days', ${end} - interval '30 days', now() + interval '300 days', '', ''
      from ${numbers}`);
    await transaction.unsafe(`insert into challenge (phone_number, device_trust, asker, id, key_id, code_length, proof, is_of_network, expires_at, sent_at)
      select '+888' || lpad((${series} * 100000000::bigint + i)::text, 11, '0'), 'unknown_device', sha256('planted'),
        gen_random_uuid(), 'planted', 6, sha256('planted'), true, now() - interval '1 day', array[${end} - interval '24 hours 10 minutes']
      from ${numbers}`);
    await transaction.unsafe(`insert into rate_limit select 'planted:${series}:' || i, ${end} from ${numbers}`);
  });
  for (const table of cleanedTables) await sql.unsafe(`analyze ${table}`);
}

/** How long the oldest row that is over has been so, in seconds; undefined where nothing is over. */
export async function cleanupLag(sql: Sql): Promise<number | undefined> {
  const oldest = cleanedTables.map((table) => {
    const { column, life } = ends[table];
    return `(select extract(epoch from now() - ${column} - ${life})::float8 as late from ${table}
      where ${column} < now() - ${life} order by ${column} limit 1)`;
  });
  const [row] = await sql.unsafe(`select max(late) as late from (${oldest.join(' union all ')}) kinds`);
  return row!.late ?? undefined;
}
