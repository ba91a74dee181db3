import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { functionSchema, installation, readFunctions } from '../../src/db/functions.ts';
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
    const text = readFunctions(pathToFileURL(join(copy, 'src/')));
    const schema = functionSchema('public', text);
    const { sql, close } = openTestDatabase(this.#url);
    try {
      const old = await sql`select nspname from pg_namespace where nspname ~ '^vouch_[0-9a-f]{12}$'`;
      for (const { nspname } of old) await sql.unsafe(`drop schema ${nspname} cascade`);
      await sql.unsafe(`delete from function_version; ${installation(schema, text)}`).simple();
      return true;
    } catch {
      return false;
    } finally {
      // a database that somebody is connected to cannot be copied
      await close();
    }
  }
}
