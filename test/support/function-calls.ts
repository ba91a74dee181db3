import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { functionSchema } from '../../src/db/functions.ts';
import { openTestDatabase } from './create-database.ts';
import { freshDatabase } from './harness.ts';

/** The present of the calls: time is an argument of our functions. */
const now = Date.parse('2026-01-01T12:00:00Z');

/** A time of SQL that lies some seconds before the present. */
export const ago = (seconds: number) => `timestamptz '${new Date(now - seconds * 1000).toISOString()}'`;
export const agos = (...seconds: number[]) => `array[${seconds.map(ago).join(', ')}]::timestamptz[]`;

/** How many seconds before the present a time of a row lies. */
export const agoOf = (time: Date | string | null) => (time === null ? null : (now - new Date(time).getTime()) / 1000);

/** An id of a number; the same as SQL, SQL of a hash of it, and that hash as `toPlain` shows it. */
export const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
export const uuid = (n: number) => `'${id(n)}'::uuid`;
export const bytes = (n: number) => `sha256('${n}')`;
export const hash = (n: number) => createHash('sha256').update(String(n)).digest('hex');

/** The columns of a row that have a value: times in seconds before the present, bytes in hexadecimal digits. */
export function toPlain(row: Record<string, unknown> = {}): Record<string, unknown> {
  const values = Object.entries(row).filter(([, value]) => value !== null);
  return Object.fromEntries(values.map(([name, value]) => [name, toPlainValue(value)]));
}

function toPlainValue(value: unknown) {
  if (value instanceof Date) return agoOf(value);
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
}

/** The items of an array, which the client leaves as text. */
export const itemsOf = (array: string) => array.replaceAll(/[{}"]/g, '').split(',').filter(Boolean);

/** Opens a database for calls of single functions. A call that does not end fails. */
export async function openFunctions() {
  const url = await freshDatabase();
  const [main, other] = [openTestDatabase(url), openTestDatabase(url)];
  const schema = functionSchema('public');
  const inSchema = (text: string) => text.replaceAll('vouch.', `${schema}.`);
  const query = (text: string) => main.sql.unsafe(inSchema(text));
  await query(`set statement_timeout = '${process.env.TEST_STATEMENT_TIMEOUT ?? '60 s'}'`);

  /** Calls while another transaction has made a change that it commits when the call waits for it. */
  async function meanwhile(change: string, text: string) {
    const [backend] = await query('select pg_backend_pid() as pid');
    await other.sql.unsafe(`begin; ${inSchema(change)}`).simple();
    let isOver = false;
    const called = query(text).finally(() => {
      isOver = true;
    });
    // a failure is thrown below
    called.catch(() => {});
    for (let waits = false; !waits && !isOver; await pause(5)) {
      const [row] =
        await other.sql`select ${backend!.pid}::int = any(select pid from pg_locks where not granted) as waits`;
      waits = row!.waits;
    }
    await other.sql.unsafe('commit');
    return (await called)[0]!;
  }

  return {
    url,
    inSchema,
    query,
    meanwhile,
    /** Inserts a row by the SQL of its values. */
    insert: (table: string, row: Record<string, string>) =>
      query(`insert into ${table} (${Object.keys(row)}) values (${Object.values(row)})`),
    /** The result of a function at the present: the arguments before `p_now` as SQL. */
    call: async (text: string) => (await query(`select * from vouch.${text.slice(0, -1)}, ${ago(0)})`))[0]!,
    close: async () => {
      await main.close();
      await other.close();
    },
  };
}
