/** Timeouts in ms that the server enforces: of a statement, of a wait for a lock, of an idle transaction. */
export const serverTimeouts = {
  statement_timeout: 8000,
  lock_timeout: 5000,
  idle_in_transaction_session_timeout: 10_000,
};

/**
 * Settings that our statements and the client rely on, whatever the role or the database has set. PgBouncer keeps the
 * first ones for each client, even in transaction mode.
 */
const keptByPoolers = { DateStyle: 'ISO, MDY', TimeZone: 'UTC', standard_conforming_strings: 'on' };
const directSettings = {
  IntervalStyle: 'postgres',
  bytea_output: 'hex',
  // our statements find rows by keys; a plan made for a table that was empty would read the whole of it (decision 064)
  enable_seqscan: 'off',
  default_transaction_isolation: 'read committed',
  extra_float_digits: '1',
  idle_session_timeout: '0',
};

/** Keeps the parameters of a failed statement out of the server's log; any role may set it. */
export const privateParameters = { log_parameter_max_length_on_error: '0' };

/**
 * Keeps rows (`DETAIL`), statements and their parameters out of the server's log, and its errors, which our log has.
 * Setting them takes a superuser, or a role with `grant set on parameter`.
 */
export const privateServerLog = {
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
  log_parameter_max_length: '0',
  log_min_messages: 'log',
};

/**
 * Settings of the startup packet of each connection: all of them, or only those that a pooler in transaction mode
 * keeps.
 */
export function sessionSettings(pooler: 'none' | 'transaction'): Readonly<Record<string, string | number>> {
  return pooler === 'none'
    ? { ...keptByPoolers, ...directSettings, ...serverTimeouts, ...privateParameters }
    : keptByPoolers;
}

/** Settings that PgBouncer has to ignore in session mode. */
export const sessionSettingNames = Object.keys({ ...directSettings, ...serverTimeouts, ...privateParameters });

/** The value of a setting in our session, and whether our role may set it although it is reserved for a superuser. */
export interface EffectiveSetting {
  readonly value: string;
  readonly settable: boolean;
}

/** Every setting that is checked. */
export const checkedSettings = [
  ...Object.keys({ ...keptByPoolers, ...directSettings, ...serverTimeouts, ...privateServerLog }),
  'client_encoding',
  'session_replication_role',
];

/** The setting that does not fit, and the value that it needs; undefined if all fit. */
export function unfitSetting(
  effective: Readonly<Record<string, EffectiveSetting>>,
): { readonly name: string; readonly wanted: string } | undefined {
  const currentValue = (name: string) => effective[name]?.value ?? '';
  const checks: [name: string, isGood: boolean, wanted: string][] = [
    ['DateStyle', currentValue('DateStyle').startsWith('ISO'), keptByPoolers.DateStyle],
    ['TimeZone', /^(Etc\/)?(UTC|UCT|GMT|Universal|Zulu)$/.test(currentValue('TimeZone')), keptByPoolers.TimeZone],
    ['standard_conforming_strings', currentValue('standard_conforming_strings') === 'on', 'on'],
    ['bytea_output', currentValue('bytea_output') === 'hex', 'hex'],
    ['extra_float_digits', Number(currentValue('extra_float_digits')) >= 1, '1'],
    [
      'default_transaction_isolation',
      currentValue('default_transaction_isolation') === 'read committed',
      'read committed',
    ],
    ['session_replication_role', currentValue('session_replication_role') === 'origin', 'origin'],
    ['client_encoding', currentValue('client_encoding') === 'UTF8', 'UTF8'],
  ];
  const [failed] = checks.filter(([, isGood]) => !isGood);
  return failed && { name: failed[0], wanted: failed[2] };
}
