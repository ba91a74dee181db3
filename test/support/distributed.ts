import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseConnectionString } from '../../src/db/connection-string.ts';
import { functionSchema } from '../../src/db/functions.ts';
import { sessionSettings } from '../../src/db/session-settings.ts';
import { firstOf } from '../../src/kit/present.ts';
import { createDatabase, openTestDatabase } from './create-database.ts';
import { linksText } from './database-links.ts';
import { type PlacedFunction, placeFunctions } from './function-groups.ts';
import { distributionOf, routeOf, severalKeys } from './function-keys.ts';
import { type CatalogueFunction, outermostOf, plproxyOf, proxyOf, readCatalogue } from './function-proxies.ts';
import { functionsIn, type Group, tables } from './function-rules.ts';

/** The groups of tables, each of which has a database of its own. */
export const groups: readonly Group[] = ['number', 'account', 'key'];
/** The schema of the composites, and of a proxy for each function with tables. */
const inner = 'vouch_inner';
const schema = functionSchema('public');

/** Our functions, and what they need. */
export function readFunctionNeeds() {
  const folder = fileURLToPath(new URL('../../src/', import.meta.url));
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const textOf = (path: string) => readFileSync(folder + path, 'utf8');
  const functions = paths.filter((path) => path.endsWith('.sql')).flatMap((path) => functionsIn(path, textOf(path)));
  const sources = paths.filter((path) => /\.tsx?$/.test(path)).map(textOf);
  return { functions, placed: placeFunctions(functions), several: severalKeys(functions, sources.join('\n')) };
}

type FunctionNeeds = ReturnType<typeof readFunctionNeeds>;

/** The URL of a database of a group, by that of the front database. */
export function groupUrl(frontUrl: string, group: Group, shard = 0): string {
  const url = new URL(frontUrl);
  url.pathname += `_${group}_${shard}`;
  return url.href;
}

/** How databases are distributed. */
export interface DistributedOptions {
  readonly shards?: number;
  /**
   * What calls functions of one key: with PL/Proxy each of them is a transaction of its own, so that calls at the same moment
   * have none of the promises of a composite.
   */
  readonly calls?: 'dblink' | 'plproxy';
  readonly template?: string | undefined;
  readonly migrated?: boolean;
}

/**
 * Creates databases for each group, one or `shards` of them, with the tables and functions of that group alone, and a front
 * database without tables of ours, whose URL it returns. There the same statements work: the functions of `db.call` run the
 * composites, which reach functions with tables through dblink, and the tables have foreign ones as partitions. A call
 * commits in one database after the other, so it is no atomic transaction.
 */
export async function createDistributed(
  serverUrl: string,
  name: string,
  { shards = 1, calls = 'dblink', ...options }: DistributedOptions = {},
): Promise<string> {
  const needs = readFunctionNeeds();
  const front = createDatabase(serverUrl, name, options);
  const pieces = groups.flatMap((group) => Array.from({ length: shards }, (_, shard) => ({ group, shard })));
  await Promise.all(
    pieces.map(async ({ group, shard }) => {
      const url = await createDatabase(serverUrl, `${name}_${group}_${shard}`, options);
      await runIn(url, reduceTo(group, needs));
    }),
  );
  const { sql, close } = openTestDatabase(await front);
  const catalogue = await readCatalogue(sql, schema);
  await sql.unsafe(frontText(await front, { shards, calls }, catalogue, needs)).simple();
  await close();
  return front;
}

/** Leaves the tables of a group and the functions that need no others. */
function reduceTo(group: Group, { placed }: FunctionNeeds): string {
  const foreign = Object.keys(tables).filter((name) => tables[name]?.group !== group);
  return `${dropFunctions([...placed.values()].filter((one) => !belongsTo(group, one)))};
    ${dropTables([...foreign, 'migration', 'function_version'])}`;
}

/** Whether a function is in the database of a group. Its callees of other groups are not there, so that a call fails. */
export function belongsTo(group: Group, one: PlacedFunction): boolean {
  return one.group === undefined ? [...one.groups].every((other) => other === group) : one.group === group;
}

function frontText(
  frontUrl: string,
  { shards, calls }: Required<Pick<DistributedOptions, 'shards' | 'calls'>>,
  catalogue: readonly CatalogueFunction[],
  { functions, placed, several }: FunctionNeeds,
): string {
  const withTables = [...placed.values()].filter(({ group }) => group !== undefined);
  const innerFunctions = catalogue.map((one) => {
    const group = placed.get(one.name)?.group;
    const read = functions.find(({ name }) => name === one.name);
    if (group === undefined || !read) return one.definition.replaceAll(`${schema}.`, `${inner}.`);
    const route = routeOf(read, group, several);
    if (calls === 'plproxy' && route === 'key' && !one.inputs[0]?.endsWith('[]'))
      return plproxyOf(one, inner, schema, group);
    return proxyOf(one, inner, schema, group, route);
  });
  const outermost = catalogue.filter((one) => placed.get(one.name)?.groups.size !== 0);
  return [
    // the types of some results are tables
    dropFunctions(withTables),
    // without `cascade` a foreign key between groups would stop it
    dropTables(Object.keys(tables)),
    'create extension dblink',
    'create extension postgres_fdw',
    ...groups.flatMap((group) =>
      Array.from({ length: shards }, (_, shard) =>
        foreignTables(`${group}_${shard}`, groupUrl(frontUrl, group, shard)),
      ),
    ),
    ...(calls === 'plproxy'
      ? ['create extension plproxy', ...groups.map((group) => plproxyCluster(group, shards, frontUrl))]
      : []),
    ...Object.entries(tables).map(([table, { group }]) => partitionedTable(table, group, shards)),
    linksText(shards),
    `create schema ${inner}`,
    ...innerFunctions,
    ...outermost.map((one) => outermostOf(one, schema, inner)),
  ].join(';\n');
}

function dropFunctions(functions: readonly PlacedFunction[]): string {
  return `drop function ${functions.map(({ name }) => `${schema}.${name}`).join(', ')}`;
}

function dropTables(names: readonly string[]): string {
  return `drop table ${names.join(', ')}`;
}

/** Makes a database a server of both extensions, and its tables foreign ones in a schema of its name. */
function foreignTables(name: string, url: string): string {
  const { user, password, ...place } = addressOf(url);
  const settings = Object.entries({ ...sessionSettings('none'), client_min_messages: 'error' });
  const options = settings.map(([key, value]) => `-c ${key}=${String(value).replaceAll(' ', '\\ ')}`).join(' ');
  return `create server ${name} foreign data wrapper postgres_fdw options (${optionList({ ...place, options })});
    create user mapping for current_user server ${name} options (${optionList({ user, ...(password ? { password } : {}) })});
    create schema ${name};
    import foreign schema public from server ${name} into ${name} options (import_default 'true')`;
}

/** Makes the databases of a group a cluster of PL/Proxy. */
function plproxyCluster(group: Group, shards: number, frontUrl: string): string {
  const urls = Array.from({ length: shards }, (_, shard) => addressOf(groupUrl(frontUrl, group, shard)));
  const places = urls.map(({ host, port, dbname }, at) => [`p${at}`, `host=${host} port=${port} dbname=${dbname}`]);
  return `create server ${group} foreign data wrapper plproxy options (${optionList(Object.fromEntries(places))});
    create user mapping for current_user server ${group} options (${optionList({ user: urls[0]?.user })})`;
}

/** The parameters of a connection from the server itself. */
function addressOf(url: string) {
  const { hosts, user, database, passwordFor } = parseConnectionString(url);
  const host = firstOf(hosts);
  const [, folder = '', port = ''] = 'path' in host ? (/^(.*)\/\.s\.PGSQL\.(\d+)$/.exec(host.path) ?? []) : [];
  const place = 'path' in host ? { host: folder, port } : { host: host.host, port: host.port };
  return { ...place, dbname: database, user, password: passwordFor(host) };
}

/** A table of ours whose partitions are in the databases of its group. */
function partitionedTable(table: string, group: Group, shards: number): string {
  const pieces = Array.from({ length: shards }, (_, shard) => `${group}_${shard}.${table}`);
  return [
    // of a generated column a foreign table sends the default, in place of null
    ...(table === 'audit_event'
      ? pieces.map(
          (piece) => `alter foreign table ${piece} drop column id, add column id bigint generated always as (0) stored`,
        )
      : []),
    `create table ${table} (like ${pieces[0]} including defaults including generated) partition by hash (${distributionOf(table)})`,
    ...pieces.map(
      (piece, shard) =>
        `alter table ${table} attach partition ${piece} for values with (modulus ${shards}, remainder ${shard})`,
    ),
  ].join(';\n');
}

function optionList(options: Readonly<Record<string, unknown>>): string {
  return Object.entries(options)
    .map(([name, value]) => `${name} '${String(value).replaceAll("'", "''")}'`)
    .join(', ');
}

async function runIn(url: string, text: string): Promise<void> {
  const { sql, close } = openTestDatabase(url);
  await sql.unsafe(text).simple();
  await close();
}
