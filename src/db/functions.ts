import { hash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { Sql } from 'postgres';
import { errorCode } from '../kit/caught.ts';
import { onlyRow } from '../kit/present.ts';
import { takeTurn } from './migration-lock.ts';
import { StartupError } from './startup-error.ts';

/**
 * The texts of `src/<room>/*.sql`: the functions in PL/pgSQL that our statements call. They are code, not schema. Each
 * version of them is in a schema of its own, which its hash names, so that processes of an old and a new version run
 * beside each other. In the files that schema is called `vouch`.
 */
const own = readFunctions(new URL('../', import.meta.url));

/**
 * The texts in the rooms of a folder, `src` or `dist`; in the order of their paths, since `sql` functions need those that
 * they call.
 */
export function readFunctions(root: URL): string {
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.sql'));
  return names
    .sort()
    .map((name) => readFileSync(new URL(name.replaceAll('\\', '/'), root), 'utf8'))
    .join('\n');
}

/**
 * The schema of our functions for the tables of a schema: two installations in one database share no functions, so that
 * neither deletes those of the other.
 */
export function functionSchema(tableSchema: string, text = own): string {
  return `vouch_${hash('sha256', `${tableSchema}\n${text}`).slice(0, 12)}`;
}

/** The schemas of functions that no process has used for this time are dropped. */
const keepDays = 7;

/**
 * Statements that install our functions, for one transaction under the lock of migrations; undefined if they are there.
 * Throws `StartupError` if the role may neither use nor create their schema.
 */
export async function functionsToInstall(sql: Sql): Promise<string | undefined> {
  const { database, role, tables } = onlyRow(
    await sql<{ database: string; role: string; tables: string }[]>`
      select current_database() as database, current_user as role, current_schema() as tables`,
  );
  const schema = functionSchema(tables);
  const { there, usable, creatable } = onlyRow(
    await sql<{ there: boolean; usable: boolean; creatable: boolean }[]>`
      select n.oid is not null as there, coalesce(has_schema_privilege(n.oid, 'usage'), false) as usable,
        has_database_privilege(current_database(), 'create') as creatable
      from (values (1)) one left join pg_namespace n on n.nspname = ${schema}`,
  );
  if (there && !usable) {
    throw new StartupError(
      `The role "${role}" may not use the functions in the database ${database}; grant usage on schema ${schema} to "${role}"`,
    );
  }
  if (!there && !creatable) {
    throw new StartupError(
      `The role "${role}" may not create the schema of our functions in the database ${database}; ` +
        `grant create on database "${database}" to "${role}"`,
    );
  }
  return there ? undefined : installation(schema);
}

/**
 * The statements that install functions into a new schema. A role that may not create it can use it, too: the functions
 * have the privileges of their caller.
 */
export function installation(schema: string, text = own): string {
  return `create schema ${schema};
    ${text.replaceAll(/\bvouch\./g, `${schema}.`)};
    grant usage on schema ${schema} to public;
    insert into function_version (name, last_used_at) values ('${schema}', now())
      on conflict (name) do update set last_used_at = excluded.last_used_at`;
}

/** Whether another process installed the functions at the same moment. */
export function isInstalledMeanwhile(error: unknown): boolean {
  return errorCode(error) === '42P06' || errorCode(error) === '23505';
}

/**
 * Notes once a day that our version of the functions is in use, and drops those that were not used for a week; the role
 * may drop only its own. Never drops one of a process that starts meanwhile, since that one takes the same lock.
 */
export async function dropUnusedFunctions(sql: Sql): Promise<void> {
  const [{ schema: tables = 'public' } = {}] = await sql<{ schema: string }[]>`select current_schema() as schema`;
  const mine = functionSchema(tables);
  await sql`insert into function_version as v (name, last_used_at) values (${mine}, now())
    on conflict (name) do update set last_used_at = excluded.last_used_at where v.last_used_at < now() - interval '1 day'`;
  const unused = await sql<{ name: string }[]>`select name from function_version v
    where last_used_at < now() - ${keepDays}::float8 * interval '1 day' and name ~ '^vouch_[0-9a-f]{12}$'
      and not exists (select from pg_namespace n where n.nspname = v.name and not pg_has_role(n.nspowner, 'usage'))`;
  for (const { name } of unused) {
    await sql
      .unsafe(`${takeTurn}; drop schema if exists ${name} cascade; delete from function_version where name = '${name}'`)
      .simple();
  }
}
