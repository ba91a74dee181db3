import { hash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createDatabase, openTestDatabase } from '../../test/support/create-database.ts';

/** The database with our tables and the functions of a copy, from which the tests of that copy make theirs. */
export class Template {
  readonly name: string;
  readonly #url: string;

  private constructor(name: string, url: string) {
    this.name = name;
    this.#url = url;
  }

  static async create(serverUrl: string, name: string): Promise<Template> {
    return new Template(name, await createDatabase(serverUrl, name));
  }

  /** Replaces the functions by those of a copy. False if PostgreSQL refuses them: such a mutant says nothing about tests. */
  async install(copy: string): Promise<boolean> {
    const text = await readFunctions(join(copy, 'src'));
    // the name that src/db/functions.ts gives them
    const schema = `vouch_${hash('sha256', `public\n${text}`).slice(0, 12)}`;
    const { sql, close } = openTestDatabase(this.#url);
    try {
      const old = await sql`select nspname from pg_namespace where nspname ~ '^vouch_[0-9a-f]{12}$'`;
      for (const { nspname } of old) await sql.unsafe(`drop schema ${nspname} cascade`);
      const functions = text.replaceAll(/\bvouch\./g, `${schema}.`);
      await sql
        .unsafe(`create schema ${schema}; ${functions}; update function_version set name = '${schema}'`)
        .simple();
      return true;
    } catch {
      return false;
    } finally {
      // a database that somebody is connected to cannot be copied
      await close();
    }
  }
}

/** The texts of all functions, as src/db/functions.ts joins them. */
async function readFunctions(root: string): Promise<string> {
  const names = (await readdir(root, { recursive: true })).filter((name) => name.endsWith('.sql')).sort();
  return (await Promise.all(names.map((name) => readFile(join(root, name), 'utf8')))).join('\n');
}
