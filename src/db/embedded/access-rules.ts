import { join } from 'node:path';
import { osUserName } from '../../kit/os-user.ts';
import { StartupError } from '../startup-error.ts';
import { replaceFile } from './file-ownership.ts';
import type { OsUser } from './os-user.ts';

/**
 * Lets root and our own OS user connect, and nobody else. Even the OS user of the server may not if we are root, since
 * other services run as `postgres` and `nobody` too. The operating system identifies the client of the socket
 * (PostgreSQL manual, 20.9, peer). Written before each start. Throws `StartupError`.
 */
export async function writeAccessRules(cluster: string, osUser: OsUser): Promise<void> {
  const name = osUserName();
  if (name === undefined) {
    throw new StartupError(
      `The OS user ${process.getuid?.()} has no name here, by which PostgreSQL would know it: add a line for it to ` +
        '/etc/passwd, run as an OS user that has a name, or set DATABASE_URL',
    );
  }
  const users = [...new Set(['root', name])].map((user) => `${map} "${user}" vouch\n`);
  await replaceFile(join(cluster, 'pg_hba.conf'), `${origin}local all vouch peer map=${map}\n`, osUser);
  await replaceFile(join(cluster, 'pg_ident.conf'), `${origin}${users.join('')}`, osUser);
}

const map = 'vouch';
const origin = '# Written by Vouch before each start of this server: changes are lost.\n';
