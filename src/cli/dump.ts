import { spawn } from 'node:child_process';

/**
 * Writes a dump of the database in PostgreSQL's custom format. Throws with the command to run if pg_dump is missing.
 */
export function dump(databaseUrl: string, file: string): Promise<void> {
  return run('pg_dump', ['--format=custom', '--no-owner', '--no-privileges', `--file=${file}`], databaseUrl);
}

/**
 * Fills an empty database from a dump, whole or not at all. Throws with the command to run if pg_restore is missing.
 */
export function restoreDump(databaseUrl: string, file: string): Promise<void> {
  const options = ['--no-owner', '--no-privileges', '--exit-on-error', '--single-transaction'];
  return run('pg_restore', [...options, file], databaseUrl);
}

/** The password is passed in the environment: other OS users can read a command line. */
function run(program: 'pg_dump' | 'pg_restore', options: readonly string[], databaseUrl: string): Promise<void> {
  const [, before = '', password, after = ''] = /^([a-z]+:\/\/[^:/?@]*)(?::([^@/?]*))?(@?.*)$/s.exec(databaseUrl) ?? [];
  const env = { ...process.env, ...(password ? { PGPASSWORD: decodeURIComponent(password) } : {}) };
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...options, `--dbname=${before}${after}`], {
      env,
      stdio: ['ignore', 'inherit', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.once('error', () => {
      const command = `${program} --dbname="$DATABASE_URL" ${options.join(' ')}`;
      reject(
        new Error(
          `${program} is not installed here: install the client programs of PostgreSQL in the version of your server or ` +
            `newer, or run this where they are: ${command}`,
        ),
      );
    });
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${program} failed: ${stderr.trim().split('\n')[0] || `exit code ${code}`}`));
    });
  });
}
