import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseConnectionString } from '../../src/db/connection-string.ts';
import { functionSchema } from '../../src/db/functions.ts';
import { sessionSettings } from '../../src/db/session-settings.ts';
import { firstOf } from '../../src/kit/present.ts';
import { createDatabase, openTestDatabase } from './create-database.ts';
import { type PlacedFunction, placeFunctions } from './function-groups.ts';
import { type CatalogueFunction, outermostOf, proxyOf, readCatalogue } from './function-proxies.ts';
import { functionsIn, type Group, tables } from './function-rules.ts';

/** The groups of tables, each of which has a database of its own. */
export const groups: readonly Group[] = ['number', 'account', 'key'];
/** The schema of the composites, and of a proxy for each function with tables. */
const inner = 'vouch_inner';
const schema = functionSchema('public');

/** Our functions by what they need. */
export function readPlacedFunctions(): ReadonlyMap<string, PlacedFunction> {
  const folder = fileURLToPath(new URL('../../src/', import.meta.url));
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.sql'));
  return placeFunctions(files.flatMap((path) => functionsIn(path, readFileSync(folder + path, 'utf8'))));
}

/** The URL of the database of a group, by that of the front database. */
export function groupUrl(frontUrl: string, group: Group): string {
  const url = new URL(frontUrl);
  url.pathname += `_${group}`;
  return url.href;
}

/**
 * Creates one database for each group, with the tables and functions of that group alone, and a front database without
 * tables of ours, whose URL it returns. There the same statements work: the functions of `db.call` run the composites,
 * which reach functions with tables through dblink, and the tables are foreign. A call commits in one database after the
 * other, so it is no atomic transaction.
 */
export async function createDistributed(
  serverUrl: string,
  name: string,
  options: { template?: string | undefined; migrated?: boolean } = {},
): Promise<string> {
  const placed = readPlacedFunctions();
  const [front] = await Promise.all([
    createDatabase(serverUrl, name, options),
    ...groups.map(async (group) => {
      const url = await createDatabase(serverUrl, `${name}_${group}`, options);
      await runIn(url, reduceTo(group, placed));
    }),
  ]);
  const { sql, close } = openTestDatabase(front);
  const catalogue = await readCatalogue(sql, schema);
  await sql.unsafe(frontText(front, catalogue, placed)).simple();
  await close();
  return front;
}

/** Leaves the tables of a group and the functions that need no others. */
function reduceTo(group: Group, placed: ReadonlyMap<string, PlacedFunction>): string {
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
  catalogue: readonly CatalogueFunction[],
  placed: ReadonlyMap<string, PlacedFunction>,
): string {
  const placeOf = (one: CatalogueFunction) => placed.get(one.name);
  const withTables = [...placed.values()].filter(({ group }) => group !== undefined);
  const innerFunctions = catalogue.map((one) => {
    const group = placeOf(one)?.group;
    if (group !== undefined) return proxyOf(one, inner, schema, `links.open('${group}')`);
    return one.definition.replaceAll(`${schema}.`, `${inner}.`);
  });
  const outermost = catalogue.filter((one) => placeOf(one)?.groups.size !== 0);
  return [
    // the types of some results are tables
    dropFunctions(withTables),
    // without `cascade` a foreign key between groups would stop it
    dropTables(Object.keys(tables)),
    'create extension dblink',
    'create extension postgres_fdw',
    ...groups.map((group) => foreignTables(group, groupUrl(frontUrl, group))),
    // of a generated column a foreign table sends the default, in place of null
    'alter foreign table audit_event drop column id, add column id bigint generated always as (0) stored',
    links,
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

/** Makes a group a server of both extensions, and its tables foreign ones. */
function foreignTables(group: Group, url: string): string {
  const { hosts, user, database, passwordFor } = parseConnectionString(url);
  const host = firstOf(hosts);
  const [, folder = '', port = ''] = 'path' in host ? (/^(.*)\/\.s\.PGSQL\.(\d+)$/.exec(host.path) ?? []) : [];
  const place = 'path' in host ? { host: folder, port } : { host: host.host, port: host.port };
  const settings = Object.entries({ ...sessionSettings('none'), client_min_messages: 'error' });
  const options = settings.map(([name, value]) => `-c ${name}=${String(value).replaceAll(' ', '\\ ')}`).join(' ');
  const password = passwordFor(host);
  return `create server ${group} foreign data wrapper postgres_fdw options (${optionList({ ...place, dbname: database, options })});
    create user mapping for current_user server ${group} options (${optionList({ user, ...(password ? { password } : {}) })});
    import foreign schema public from server ${group} into public options (import_default 'true')`;
}

function optionList(options: Readonly<Record<string, unknown>>): string {
  return Object.entries(options)
    .map(([name, value]) => `${name} '${String(value).replaceAll("'", "''")}'`)
    .join(', ');
}

/**
 * One connection for each group and backend. A call begins a transaction there when it first needs the group; its state is a
 * setting until the end of the transaction of the front database, which an exception resets.
 */
const links = `create schema links;
create function links.open(p_name text) returns text language plpgsql as $$
begin
  if coalesce(current_setting('links.' || p_name, true), '') <> 'open' then
    if p_name <> all (coalesce(dblink_get_connections(), '{}')) then
      perform dblink_connect(p_name, p_name);
    end if;
    perform dblink_exec(p_name, 'begin');
    perform set_config('links.' || p_name, 'open', true);
  end if;
  return p_name;
end $$;
create function links.commit() returns void language plpgsql as $$
declare
  v_name text;
begin
  foreach v_name in array coalesce(dblink_get_connections(), '{}') loop
    if current_setting('links.' || v_name, true) = 'open' then
      perform dblink_exec(v_name, 'commit');
      perform set_config('links.' || v_name, '', true);
    end if;
  end loop;
end $$;
create function links.rollback() returns void language plpgsql as $$
declare
  v_name text;
begin
  foreach v_name in array coalesce(dblink_get_connections(), '{}') loop
    begin
      perform dblink_exec(v_name, 'rollback');
    exception when others then
      perform dblink_disconnect(v_name);
    end;
    perform set_config('links.' || v_name, '', true);
  end loop;
end $$`;

async function runIn(url: string, text: string): Promise<void> {
  const { sql, close } = openTestDatabase(url);
  await sql.unsafe(text).simple();
  await close();
}
