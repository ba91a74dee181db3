import type { Sql } from 'postgres';
import { present } from '../kit/present.ts';
import { StartupError } from './startup-error.ts';

/** A migration as it is in its file. */
export interface Migration {
  readonly name: string;
  readonly text: string;
}

/**
 * Checks before the first statement that writes: whether the role may work in the schema, and whether the names that
 * the migrations create are free. Returns the names of the applied migrations. Throws `StartupError` with the database,
 * the reason and the fix.
 */
export async function checkSchema(sql: Sql, migrations: readonly Migration[]): Promise<Set<string>> {
  const tables = migrations.flatMap(({ text }) => createdNames(text, 'table'));
  const schema = await inspectSchema(sql, tables);
  if (schema.hasMigration) refuseForeignMigrationTable(schema);
  if (schema.hasMigration && schema.denied.length > 0) {
    throw schemaError(
      schema,
      `the role "${schema.role}" may not use ${schema.denied.join(', ')}`,
      `grant select, insert, update, delete on all tables in schema "${schema.schema}" to "${schema.role}", or make it their owner`,
    );
  }
  const applied = await findApplied(sql);
  const pending = migrations.filter(({ name }) => !applied.has(name));
  if (pending.length === 0) return applied;
  const names = new Set(migrations.map(({ name }) => name));
  const unknown = [...applied].filter((name) => !names.has(name));
  if (unknown.length > 0) {
    throw schemaError(
      schema,
      `another version of Vouch made its tables (${unknown.join(', ')})`,
      'start that version, or a newer one, or restore a backup into another database',
    );
  }
  if (!schema.mayCreate) throw mayNotCreate(schema);
  const conflicts = await findConflicts(sql, pending);
  // Another process may have created them since; then it has recorded its migrations too.
  if (conflicts.length > 0 && (await findApplied(sql)).size > applied.size) return checkSchema(sql, migrations);
  if (conflicts.length > 0) {
    throw schemaError(
      schema,
      `it holds ${conflicts.join(', ')} of another program (relation ${conflicts[0]} already exists)`,
      ownSchemaHint(schema.role),
    );
  }
  return applied;
}

function mayNotCreate(schema: Schema): StartupError {
  return schemaError(
    schema,
    `the role "${schema.role}" may not create tables (permission denied for schema ${schema.schema})`,
    `grant create on schema "${schema.schema}" to "${schema.role}"`,
  );
}

interface Schema {
  readonly database: string;
  readonly schema: string;
  readonly role: string;
  readonly mayCreate: boolean;
  readonly hasMigration: boolean;
  /** The columns of the existing table of that name. */
  readonly columns: readonly string[];
  /** Our tables that the role may not read and write. */
  readonly denied: readonly string[];
}

const ownSchemaHint = (role: string) =>
  `give Vouch a database of its own, or a schema: create schema vouch authorization "${role}", ` +
  'and options=-csearch_path%3Dvouch in DATABASE_URL';

/** Bodies of functions may contain "create table" too, but not at the beginning of a line. */
function createdNames(text: string, kind: 'table' | 'any'): string[] {
  const pattern =
    kind === 'table'
      ? /^create table (\w+)/gim
      : /^create (?:table|view|materialized view|sequence|domain|type|function|(?:unique )?index) (\w+)/gim;
  return [...text.matchAll(pattern)].map(([, name = '']) => name.toLowerCase());
}

async function inspectSchema(sql: Sql, tables: readonly string[]): Promise<Schema> {
  const [row] = await sql<Schema[]>`
    select current_database() as database, current_schema() as schema, current_user as role,
      has_schema_privilege(current_schema(), 'create') as "mayCreate",
      exists (select from pg_class where relname = 'migration' and relnamespace = current_schema()::regnamespace) as "hasMigration",
      coalesce((select json_agg(attname) from pg_attribute a join pg_class c on c.oid = a.attrelid
        where c.relname = 'migration' and c.relnamespace = current_schema()::regnamespace and attnum > 0 and not attisdropped),
        '[]') as columns,
      coalesce((select json_agg(relname order by relname) from pg_class
        where relname = any(string_to_array(${[...tables, 'migration'].join()}, ',')) and relnamespace = current_schema()::regnamespace
          and relkind in ('r', 'p') and not (has_table_privilege(oid, 'select') and has_table_privilege(oid, 'insert')
            and has_table_privilege(oid, 'update') and has_table_privilege(oid, 'delete'))), '[]') as denied`;
  return present(row, 'the privileges');
}

async function findApplied(sql: Sql): Promise<Set<string>> {
  const [inspected] = await sql`
    select exists (select from pg_class where relname = 'migration' and relnamespace = current_schema()::regnamespace) as there`;
  const rows = inspected?.there ? await sql<{ name: string }[]>`select name from migration` : [];
  return new Set(rows.map((row) => row.name));
}

function refuseForeignMigrationTable(schema: Schema): void {
  if (schema.columns.includes('name') && schema.columns.includes('applied_at')) return;
  throw schemaError(schema, 'it holds a table migration of another program', ownSchemaHint(schema.role));
}

/**
 * The names that pending migrations create and that exist already. A migration outside a transaction does not count,
 * since an earlier run of it may have been cut off.
 */
async function findConflicts(sql: Sql, pending: readonly Migration[]): Promise<string[]> {
  const names = pending
    .filter(({ text }) => !text.startsWith('-- outside'))
    .flatMap(({ text }) => createdNames(text, 'any'));
  const rows = await sql<{ name: string }[]>`
    select distinct name from unnest(string_to_array(${names.join()}, ',')) name
    where exists (select from pg_class where relname = name and relnamespace = current_schema()::regnamespace)
      or exists (select from pg_type where typname = name and typnamespace = current_schema()::regnamespace)
      or exists (select from pg_proc where proname = name and pronamespace = current_schema()::regnamespace)
    order by name`;
  return rows.map(({ name }) => name);
}

function schemaError({ database, schema }: Schema, reason: string, fix: string): StartupError {
  return new StartupError(`The schema ${schema} of the database ${database} cannot be used: ${reason}; ${fix}`);
}
