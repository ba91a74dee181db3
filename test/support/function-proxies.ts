import type { Sql } from 'postgres';

/** A function as the catalogue of PostgreSQL describes it. */
export interface CatalogueFunction {
  readonly name: string;
  /** Its parameters with names, types and defaults, as `create function` takes them. */
  readonly parameters: string;
  readonly result: string;
  /** The types of its input parameters. */
  readonly inputs: readonly string[];
  /** The output parameters, or the columns of its table; empty for a scalar. */
  readonly outputs: readonly { readonly name: string; readonly type: string }[];
  readonly returnsSet: boolean;
  /** Whether its text is needed before that of those that call it. */
  readonly definition: string;
}

/** The functions of a schema, each after those that its text needs. */
export async function readCatalogue(sql: Sql, schema: string): Promise<CatalogueFunction[]> {
  return sql<CatalogueFunction[]>`select p.proname as name, pg_get_function_arguments(p.oid) as parameters,
      pg_get_function_result(p.oid) as result, p.proretset as "returnsSet", pg_get_functiondef(p.oid) as definition,
      (select coalesce(json_agg(format_type(t, null) order by at), '[]')
        from unnest(p.proargtypes) with ordinality as i (t, at)) as inputs,
      (select coalesce(json_agg(json_build_object('name', p.proargnames[at], 'type', format_type(t, null)) order by at), '[]')
        from unnest(p.proallargtypes) with ordinality as o (t, at) where p.proargmodes[at] in ('o', 't')) as outputs
    from pg_proc p where p.pronamespace = ${schema}::regnamespace order by p.oid`;
}

/** Where a proxy calls its function: in the databases of its first argument, or in all; a job has one result of all. */
export type Route = 'key' | 'all' | 'job';

/**
 * The function of the same name and columns that calls one in the databases of a group. Keys of several databases are
 * refused unless the result is a set or nothing: then each of them gets all keys, and finds those of its own. From all
 * databases comes the result that is not null, or that of a job: what it has counted in all, and the earliest end.
 */
export function proxyOf(
  one: CatalogueFunction,
  schema: string,
  remoteSchema: string,
  group: string,
  route: Route,
): string {
  const values = one.inputs.map((type) => `%L::${type}`).join(', ');
  const isRow = one.outputs.length > 0;
  const types = isRow ? one.outputs.map(({ type }) => type) : [one.result.replace(/^SETOF /, '')];
  const query = `format($text$select ${isRow ? '* from ' : ''}${remoteSchema}.${one.name}(${values})$text$${listed(one, ', ')})`;
  const typed = types.map((type, at) => `c${at} ${type === 'void' ? 'text' : type}`).join(', ');
  const mayBeSeveral = one.returnsSet || one.result === 'void';
  const links = route === 'key' ? `links.of('${group}', $1, ${mayBeSeveral})` : `links.every('${group}')`;
  const rows = `from unnest(${links}) l (name), dblink(l.name, ${query}) r (${typed})`;
  const columns = types.map((type, at) =>
    mayBeSeveral || route === 'key' ? `r.c${at}` : merged(`r.c${at}`, type, route),
  );
  return created(one, schema, '', bodyOf(one, `select ${columns.join(', ')} ${rows}`, `select ${columns[0]} ${rows}`));
}

/** The function of the same name and columns that calls one by PL/Proxy, in the database of its first argument. */
export function plproxyOf(one: CatalogueFunction, schema: string, remoteSchema: string, group: string): string {
  return `create function ${schema}.${one.name}(${one.parameters}) returns ${one.result} language plproxy as $body$
    cluster '${group}'; run on links.shard_of($1); target ${remoteSchema}.${one.name}; $body$`;
}

/** One value for those of all databases. */
function merged(column: string, type: string, route: Route): string {
  if (route === 'job') return `${{ integer: 'sum', boolean: 'bool_or' }[type] ?? 'min'}(${column})`;
  return `(array_agg(${column}) filter (where ${column} is not null))[1]`;
}

/** The function that calls its namesake of another schema as a transaction of its own in all databases. */
export function outermostOf(one: CatalogueFunction, schema: string, inner: string): string {
  const call = `${inner}.${one.name}(${listed(one, '')})`;
  const isScalar = one.outputs.length === 0 && !one.returnsSet && one.result !== 'void';
  const body = isScalar ? `v_result := ${call};` : bodyOf(one, `select * from ${call}`, `select ${call}`);
  return created(
    one,
    schema,
    isScalar ? `declare v_result ${one.result};` : '',
    `${body}
    perform links.commit();
    ${isScalar ? 'return v_result;' : ''}
  exception when others or query_canceled then
    perform links.rollback();
    raise;`,
  );
}

/** Hands on the result of a query of rows, or of a scalar. */
function bodyOf(one: CatalogueFunction, rows: string, scalar: string): string {
  if (one.returnsSet) return `return query ${rows};`;
  const names = one.outputs.map(({ name }) => `"${name}"`);
  if (names.length > 0) return `${rows.replace(' from', ` into ${names.join(', ')} from`)};`;
  return one.result === 'void' ? `perform ${scalar.slice('select '.length)};` : `return (${scalar});`;
}

/** The input parameters by their numbers, as arguments. */
function listed({ inputs }: CatalogueFunction, before: string): string {
  return inputs.map((_, at) => `${at === 0 ? before : ', '}$${at + 1}`).join('');
}

function created(one: CatalogueFunction, schema: string, declarations: string, body: string): string {
  return `create or replace function ${schema}.${one.name}(${one.parameters}) returns ${one.result} language plpgsql as $body$
    ${declarations}
    begin
      ${body}
    end $body$`;
}
