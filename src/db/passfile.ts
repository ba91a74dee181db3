import { readFileSync } from 'node:fs';
import { errorMessage } from '../kit/caught.ts';
import type { Host } from './host.ts';
import { StartupError } from './startup-error.ts';

/**
 * Finds the password in a file as `.pgpass` (PostgreSQL manual, 32.16): the first line
 * `host:port:database:user:password` that matches, where `*` matches all; `localhost` stands for a Unix socket.
 * Undefined without a match. Throws `StartupError`.
 */
export function findPassword(
  file: string,
  { host: target, user, database }: { host: Host; user: string; database: string },
): string | undefined {
  const socket = 'path' in target ? /^(.*)\/\.s\.PGSQL\.(\d+)$/.exec(target.path) : undefined;
  const hosts = 'path' in target ? ['localhost', socket?.[1]] : [target.host];
  const port = 'path' in target ? (socket?.[2] ?? '') : String(target.port);
  for (const line of linesOf(file)) {
    const [host, ...fields] =
      line.match(/(?:[^:\\]|\\.)+|(?<=:)(?=:)/g)?.map((field) => field.replace(/\\(.)/g, '$1')) ?? [];
    const [forPort, forDatabase, forUser, password] = fields;
    const fits = (field: string | undefined, value: string) => field === '*' || field === value;
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
    throw new StartupError(`DATABASE_URL: passfile names a file that cannot be read: ${errorMessage(error)}`);
  }
}
