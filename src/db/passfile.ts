import { readFileSync } from 'node:fs';
import type { Place } from './host.ts';
import { CannotStart } from './startup-error.ts';

/**
 * Finds the password in a file as `.pgpass` (PostgreSQL manual, 32.16): the first line
 * `host:port:database:user:password` that matches, where `*` matches all; `localhost` stands for a Unix socket.
 * Undefined without a match. Throws `CannotStart`.
 */
export function findPassword(
  file: string,
  { place, user, database }: { place: Place; user: string; database: string },
): string | undefined {
  const socket = 'path' in place ? /^(.*)\/\.s\.PGSQL\.(\d+)$/.exec(place.path) : undefined;
  const hosts = 'path' in place ? ['localhost', socket?.[1]] : [place.host];
  const port = 'path' in place ? (socket?.[2] ?? '') : String(place.port);
  for (const line of linesOf(file)) {
    const [host, ...fields] =
      line.match(/(?:[^:\\]|\\.)+|(?<=:)(?=:)/g)?.map((field) => field.replace(/\\(.)/g, '$1')) ?? [];
    const [forPort, forDatabase, forUser, password] = fields;
    const fits = (field: string | undefined, wanted: string) => field === '*' || field === wanted;
    if (!hosts.some((name) => name !== undefined && fits(host, name))) continue;
    if (fits(forPort, port) && fits(forDatabase, database) && fits(forUser, user)) return password;
  }
  return undefined;
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8')
      .split(/\r?\n/)
      .filter((line) => line && !line.startsWith('#'));
  } catch (error) {
    throw new CannotStart(`DATABASE_URL: passfile names a file that cannot be read: ${(error as Error).message}`);
  }
}
