import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { functionSchema } from '../src/db/functions.ts';
import { functionsIn, tables, tablesOf } from './support/function-rules.ts';
import { freshDatabase, openApp } from './support/harness.ts';

const script = await readFile(new URL('../deploy/citus/distribute.sql', import.meta.url), 'utf8');
/** The table of each group whose shards the others of the group share. */
const firstOf = { number: 'challenge', account: 'invite', key: undefined } as const;
/** Tables with a few rows, on every server or on each its own. */
const small = [
  'block',
  'breaker',
  'standby',
  'operator',
  'operator_session',
  'operator_link',
  'audit_seal',
  'audit_month',
  'audit_position',
  'webhook_endpoint',
  'webhook_delivery',
  'webhook_attempt',
  'logout_notice',
];

test('every table is placed by the first column of its primary key, beside the others of its group', () => {
  const placed = [
    ...script.matchAll(/^select create_distributed_table\('(\w+)', '(\w+)', colocate_with => '(\w+)'\);$/gm),
  ];
  const expected = Object.entries(tables)
    .filter(([name]) => !small.includes(name))
    .map(([name, { group, key }]) => [name, key[0], firstOf[group] === name ? 'none' : (firstOf[group] ?? 'none')]);
  assert.deepEqual(placed.map((match) => match.slice(1)).sort(), expected.sort());
  assert.match(script, /create_reference_table\('breaker'\)/);
});

test('every foreign key is taken off before its tables are placed, and put back as it was', async () => {
  const { sql } = await openApp({ databaseUrl: await freshDatabase() });
  const [dropped = '', ...rest] = script.split('create_reference_table');
  const added = rest.join('');
  const rows = await sql`select conname as name, pg_get_constraintdef(oid) as definition from pg_constraint
    where contype = 'f' and conrelid::regclass::text not in ${sql(small)} order by 1`;
  assert.equal(rows.length, [...script.matchAll(/drop constraint/g)].length);
  for (const { name } of rows) assert.match(dropped, new RegExp(`drop constraint ${name};`));
  const statements = added.match(/^alter table[^;]*;/gm) ?? [];
  await sql.unsafe([...(dropped.match(/^alter table[^;]*;/gm) ?? []), ...statements].join('\n'));
  const after = await sql`select conname as name, pg_get_constraintdef(oid) as definition from pg_constraint
    where contype = 'f' and conrelid::regclass::text not in ${sql(small)} order by 1`;
  assert.deepEqual([...after], [...rows]);
});

test('every function with one key is handed over by it, and no other', async () => {
  const { sql } = await openApp();
  const listed = [...script.matchAll(/^ {2}\('(\w+)', '(\w+)', '(\w+)'\),?$/gm)].map((match) => match.slice(1));
  const rows = await sql<{ name: string; key: string; type: string }[]>`
    select proname as name, coalesce(proargnames[1], '') as key, coalesce(proargtypes[0]::regtype::text, '') as type from pg_proc
    where pronamespace = ${functionSchema('public')}::regnamespace order by 1`;
  const used = await tablesByFunction();
  const expected = rows.flatMap(({ name, key, type }) => {
    const [table] = used.get(name) ?? [];
    const isOne = key !== 'p_max' && !type.endsWith('[]');
    if (!table || !isOne || small.includes(table)) return [];
    return [[name, key, firstOf[tables[table]!.group] ?? table]];
  });
  assert.deepEqual(listed.sort(), expected.sort());
});

/** The tables that the statements of each function name. */
async function tablesByFunction(): Promise<Map<string, string[]>> {
  const folder = new URL('../src/', import.meta.url);
  const paths = (await readdir(folder, { recursive: true })).filter((path) => path.endsWith('.sql'));
  const texts = await Promise.all(paths.map((path) => readFile(new URL(path, folder), 'utf8')));
  const all = texts.flatMap((text, at) => functionsIn(paths[at]!, text));
  return new Map(all.map(({ name, statements }) => [name, statements.flatMap(tablesOf)]));
}
