import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Sql } from 'postgres';
import { functionSchema } from '../src/db/functions.ts';
import { breachesOf, functionsIn, tables } from './support/function-rules.ts';
import { freshDatabase, openApp } from './support/harness.ts';
import { statementBreachesOf } from './support/statement-rules.ts';

const folder = fileURLToPath(new URL('../src/', import.meta.url));
const files = async (ending: RegExp) =>
  Promise.all(
    (await readdir(folder, { recursive: true }))
      .filter((path) => ending.test(path))
      .map(async (path) => [path, await readFile(folder + path, 'utf8')] as const),
  );

test('functions keep the rules that let each run on the server of its key', async (t) => {
  const functions = (await files(/\.sql$/)).flatMap(([path, text]) => functionsIn(path, text));
  t.diagnostic(`${functions.length} functions, ${functions.reduce((sum, { lines }) => sum + lines, 0)} lines`);
  assert.deepEqual(functions.flatMap(breachesOf), []);
  const app = await openApp();
  const rows = await app.sql`select proname as name, pronargs as parameters from pg_proc
    where pronamespace = ${functionSchema('public')}::regnamespace order by 1`;
  assert.deepEqual(
    rows.map(({ name }) => name),
    functions.map(({ name }) => name).sort(),
    'each function of the database was read',
  );
  const read = new Map(functions.map(({ name, parameters }) => [name, parameters.length]));
  for (const { name, parameters } of rows) assert.equal(read.get(name), parameters, name);
});

/** The unique and the foreign keys of our tables that do not begin with the key of each table. */
async function spanningConstraints(sql: Sql): Promise<string[]> {
  const rows = await sql`
    select c.relname as table, i.relname as name, a.attname as column from pg_index x
      join pg_class c on c.oid = x.indrelid join pg_class i on i.oid = x.indexrelid
      join pg_attribute a on a.attrelid = c.oid and a.attnum = x.indkey[0]
      where x.indisunique and c.relnamespace = 'public'::regnamespace and not c.relispartition
    union all
    select t.conrelid::regclass::text, t.conname, a.attname from pg_constraint t
      join pg_attribute a on a.attrelid = t.conrelid and a.attnum = t.conkey[1] where t.contype = 'f'
    union all
    select t.confrelid::regclass::text, t.conname, a.attname from pg_constraint t
      join pg_attribute a on a.attrelid = t.confrelid and a.attnum = t.confkey[1] where t.contype = 'f'`;
  return rows
    .filter(({ table, column }) => table in tables && tables[table]?.key[0] !== column)
    .map(({ table, name }) => `${table}: ${name}`);
}

test('each unique key and each foreign key begins with the key of its table', async () => {
  const { sql } = await openApp({ databaseUrl: await freshDatabase() });
  assert.deepEqual(await spanningConstraints(sql), []);
  await sql`create unique index planted on account (phone_number)`;
  await sql`alter table session add constraint planted_too foreign key (id) references account (id)`;
  assert.deepEqual(await spanningConstraints(sql), ['account: planted', 'session: planted_too']);
  const rows = await sql`select c.relname as name from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition`;
  const local = ['migration', 'function_version'];
  assert.deepEqual(rows.map(({ name }) => name).sort(), [...Object.keys(tables), ...local].sort());
});

test('no statement in TypeScript writes in a common table expression, goes by place or has more than twenty parameters', async () => {
  const sources = await files(/\.tsx?$/);
  assert.ok(sources.length > 200);
  const found = sources.flatMap(([path, text]) => statementBreachesOf(path, text));
  assert.deepEqual(found, []);
});

const many = (count: number) => Array.from({ length: count }, () => '$'.concat('{1}')).join(', ');
const plantedStatements: [name: string, text: string, breach: RegExp | undefined][] = [
  [
    'a statement as it should be',
    `/** as (delete from a), ctid */
    const rows = await sql<Row[]>\`with a as (select from b where c = \${one} for update), d as materialized (
      select 1) select \${many(19)}\`; // ctid
    const other = await sql\`select \${many(20)}\`;`,
    undefined,
  ],
  ['a row by its place in TypeScript', `sql\`delete from a where ctid = any(${many(1)})\``, /: ctid$/],
  ['a row by its place in another string', "sql.unsafe('select CTID from a')", /: ctid$/],
  ...['insert into a values (1)', 'UPDATE a set b = 1', '\n      delete from a', 'merge into a'].map(
    (body): [string, string, RegExp] => [
      `a common table expression in TypeScript that writes: ${body.trim()}`,
      `sql\`with gone as (${body}) select 1\``,
      /that writes$/,
    ],
  ),
  [
    'a materialized expression that writes',
    "const text = 'with a as not materialized (delete from b returning 1) select 1';",
    /that writes$/,
  ],
  ['an expression whose body is elsewhere', `sql\`with gone as (${many(1)}) select 1\``, /composed$/],
  ['a statement of many parameters', `sql<{ a: 1 }[]>\`select ${many(21)}\``, /21 parameters/],
  [
    'many parameters, some of a fragment within',
    `sql\`select ${many(19)}, \${b ? sql\`${many(2)}\` : sql\`\`}\``,
    /21 param/,
  ],
  ['many parameters by a constant', `const a = sql\`${many(2)}\`;\nsql\`select ${many(19)}, \${a}\``, /21 parameters/],
  [
    'many parameters by functions',
    `const a = (b: string) => sql\`${many(2)}, \${c()}\`;\nfunction c(): Fragment {\n  return sql\`${many(8)}\`;\n}\n` +
      `run(() => sql\`select \${a({ d: [1] })}, \${a(1)}, ${many(1)}\`)`,
    /21 parameters/,
  ],
  [
    'a message by its number, with the bounds of its id in a fragment',
    `sql\`select * from delivery where \${of(db)} and phone_number = \${one}\`;
    function of({ sql }: Database): Fragment {\n  return sql\`id >= \${from}::uuid and id < \${to}::uuid\`;\n}`,
    undefined,
  ],
  [
    'messages of all days',
    `sql\`select * from delivery where phone_number = ${many(1)}\``,
    /without a bound of its id$/,
  ],
  ['many numbered parameters', "sql.unsafe('select $1, $21', values)", /21 parameters/],
];

for (const [name, text, breach] of plantedStatements) {
  test(`${name}: ${breach ? 'found' : 'nothing is found'}`, () => {
    const found = statementBreachesOf('limits/store.ts', text);
    if (!breach) return assert.deepEqual(found, []);
    assert.equal(found.length, 1, found.join());
    assert.match(found[0]!, breach);
  });
}

const made = (parameters: string, body: string) =>
  `create function vouch.f(${parameters}) returns void language plpgsql as $$\nbegin\n  ${body}\nend $$;\n`;
const keyed = 'p_phone_number text, p_now timestamptz';
const touch = 'update challenge c set used_at = p_now where c.phone_number = p_phone_number;';

/** A function over all keys. */
const job = (body: string) =>
  made(
    'p_max int, p_now timestamptz',
    `for v_number in select c.phone_number from challenge c where c.expires_at < p_now limit p_max loop\n${body}\nend loop;`,
  );

const planted: [name: string, text: string, breach: RegExp | undefined][] = [
  ['a function as it should be', made(keyed, touch), undefined],
  ['a long function', made(keyed, `${touch}\n`.repeat(57)), /6\d lines/],
  [
    'many parameters',
    made(`${keyed}, ${Array.from({ length: 19 }, (_, at) => `p_${at} int`)}`, touch),
    /21 parameters/,
  ],
  ['a first argument that is no key', made('p_now timestamptz, p_phone_number text', touch), /first argument/],
  ['a job that reads a batch', job('perform vouch.g(v_number, p_now);'), undefined],
  ['a job that writes', job(touch), /more than read a batch/],
  ['a job that locks', job('').replace('limit p_max', 'for update limit p_max'), /more than read a batch/],
  ['a job without a limit', job('').replace(' limit p_max', ''), /more than read a batch/],
  ['a job over two groups', job('perform from rate_limit r order by r.tat limit p_max;'), /several groups/],
  [
    'a table without a key',
    made(keyed, 'perform from challenge c where c.expires_at < p_now;'),
    /challenge without its key/,
  ],
  [
    'a lock without a key',
    made(keyed, 'perform from challenge c where c.used_at is null for update;'),
    /a lock without the key/,
  ],
  [
    'a lock that shares',
    made(keyed, 'perform from account a where a.email is null for key share;'),
    /a lock without the key/,
  ],
  [
    'tables of two groups',
    made(keyed, `${touch} delete from rate_limit r where r.key = p_phone_number;`),
    /several groups/,
  ],
  [
    'a row by its place',
    made(keyed, 'delete from challenge c where c.phone_number = p_phone_number and c.ctid = p_at;'),
    /ctid/,
  ],
  [
    'a common table expression that writes',
    made(keyed, 'with gone as (delete from challenge c where c.phone_number = p_phone_number returning 1) select 1;'),
    /that writes/,
  ],
  [
    'a key that changes',
    made(keyed, 'update challenge c set used_at = null, phone_number = p_other where c.phone_number = p_phone_number;'),
    /changes the key/,
  ],
  [
    'a time of its own',
    made(keyed, 'update challenge c set used_at = now() where c.phone_number = p_phone_number;'),
    /of its own/,
  ],
  ['an id of its own', made(keyed, 'v_id := gen_random_uuid();'), /of its own/],
  [
    'an interval in a statement',
    made(
      keyed,
      "perform from challenge c where c.phone_number = p_phone_number and c.expires_at > p_now - interval '1 day';",
    ),
    /an interval/,
  ],
  [
    'a slice in a statement',
    made(keyed, 'update challenge c set sent_at = c.sent_at[1:3] where c.phone_number = p_phone_number;'),
    /a slice/,
  ],
  [
    'a cast to a time in a statement',
    made(keyed, 'perform from challenge c where c.phone_number = p_phone_number and c.used_at > p_at::timestamptz;'),
    /a cast/,
  ],
  ['a message by its id', made('p_id uuid', 'perform from delivery d where d.id = p_id;'), undefined],
  [
    'messages of a number by a range of ids',
    made(keyed, 'perform from delivery d where d.phone_number = p_phone_number and d.id >= v_from and d.id < v_next;'),
    undefined,
  ],
  [
    'messages of a number, of all days',
    made(keyed, 'perform from delivery d where d.phone_number = p_phone_number;'),
    /without a bound of its id/,
  ],
  [
    'messages of a number, from a day on',
    made(keyed, 'perform from delivery d where d.phone_number = p_phone_number and d.id >= v_from;'),
    /without a bound of its id/,
  ],
  [
    'a message by its id, and others of all days',
    made(
      'p_id uuid',
      'perform from delivery d join delivery o on o.challenge_id = d.challenge_id and o.phone_number = p_phone_number where d.id = p_id;',
    ),
    /without a bound of its id/,
  ],
  [
    'a job over messages of all days',
    made(
      'p_max int, p_now timestamptz',
      'for v_id in select d.id from delivery d order by d.id limit p_max loop end loop;',
    ).replace(' loop end', ' loop\nend'),
    /without a bound of its id/,
  ],
  [
    'a write to another room’s table',
    made('p_account_id uuid', 'delete from session s where s.account_id = p_account_id;'),
    /writes session/,
  ],
];

for (const [name, text, breach] of planted) {
  test(`${name}: ${breach ? 'found' : 'nothing is found'}`, () => {
    const [one] = functionsIn('sign-in/a.sql', text);
    const found = breachesOf(one!);
    if (breach) assert.match(found.join('\n'), breach);
    else assert.deepEqual(found, []);
  });
}
