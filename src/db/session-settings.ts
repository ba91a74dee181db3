import type { Sql } from 'postgres';

/** Longest times in ms, kept by the server: of a statement, of a wait for a lock, of an idle transaction. */
export const limits = {
  application_name: 'vouch',
  statement_timeout: 8000,
  lock_timeout: 5000,
  idle_in_transaction_session_timeout: 10_000,
};

/** Keeps the parameters of a statement that failed out of the server's log; any role may set it. */
export const privateParameters = { log_parameter_max_length_on_error: '0' };

/**
 * Keeps rows (`DETAIL`), statements and their parameters out of the server's log, and its errors, which stand in our log.
 * Only a superuser may set these, or a role to whom `grant set on parameter` gave it.
 */
export const privateServerLog = {
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
  log_parameter_max_length: '0',
  log_min_messages: 'log',
};

/** Those of `privateServerLog` that this role may set, and whether the server writes row details where it may not. */
export async function findPrivateServerLog(
  sql: Sql,
): Promise<{ readonly settable: Readonly<Record<string, string>>; readonly showsRows: boolean }> {
  const names = Object.keys(privateServerLog).join();
  const rows = await sql<{ name: string; value: string; settable: boolean }[]>`
    select name, current_setting(name) as value, has_parameter_privilege(name, 'SET') as settable
    from unnest(string_to_array(${names}, ',')) as name`;
  const settable = Object.entries(privateServerLog).filter(([name]) =>
    rows.some((row) => row.name === name && row.settable),
  );
  const verbosity = rows.find(({ name }) => name === 'log_error_verbosity')!;
  return { settable: Object.fromEntries(settable), showsRows: !verbosity.settable && verbosity.value !== 'terse' };
}
