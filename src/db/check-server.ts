import type { Sql } from 'postgres';
import { onlyRow, present } from '../kit/present.ts';
import { createClient, type Pooler } from './client.ts';
import { connectionError, connectSocket, failingStream } from './connect.ts';
import type { ConnectionParams } from './connection-string.ts';
import { encryptionAttempts, isAboutEncryption } from './encryption-attempts.ts';
import { explainStartupError } from './explain-startup-error.ts';
import { type Host, hostLabel } from './host.ts';
import { checkedSettings, type EffectiveSetting, privateServerLog, unfitSetting } from './session-settings.ts';
import { StartupError } from './startup-error.ts';

/** A server that passed the checks. */
export interface CheckedServer {
  /** Whether its connections are under TLS. */
  readonly encrypted: boolean;
  readonly role: string;
  /** The schema of our tables. */
  readonly schema: string;
  /** Whether no pooler is in between. */
  readonly isDirect: boolean;
  /** Settings of a superuser that our role may set too; they keep personal data out of the server's log. */
  readonly privacySettings: Readonly<Record<string, string>>;
  /** Whether the server logs row values when a statement fails. */
  readonly logsRows: boolean;
  /** Whether our timeouts, or the setting for our plans, are missing in our sessions. */
  readonly lacksSettings: boolean;
}

/** Longer than the timeout of a statement: a longer wait is one in a queue before the server. */
const checkTimeoutMs = 9000;

/**
 * Checks the server before anything is written: whether it accepts writes, is new enough, can store every text, and has
 * the settings that we rely on. Throws `StartupError` with the reason and the fix, or an error that is temporary.
 */
export async function checkServer(params: ConnectionParams, host: Host, pooler: Pooler): Promise<CheckedServer> {
  const [first, second] = encryptionAttempts(params, host);
  try {
    return await check(params, host, pooler, present(first, 'the first way'));
  } catch (error) {
    if (second === undefined || !isAboutEncryption(error)) throw explainStartupError(error, params, host, pooler);
    return check(params, host, pooler, second).catch(() => {
      throw explainStartupError(error, params, host, pooler);
    });
  }
}

async function check(params: ConnectionParams, host: Host, pooler: Pooler, encrypted: boolean): Promise<CheckedServer> {
  return withClient(params, host, pooler, encrypted, async (sql) => {
    const { version, name } = onlyRow(
      await sql<{ version: number; name: string }[]>`
      select current_setting('server_version_num')::int as version, current_setting('server_version') as name`,
    );
    if (version < 150_000) {
      throw new StartupError(`${hostLabel(host)} is PostgreSQL ${name}: version 15 or newer is needed`);
    }
    const rows = await sql<Found[]>`
      select pg_is_in_recovery() as standby, current_setting('transaction_read_only') = 'on' as read_only, current_user as role,
        pg_backend_pid() as pid, current_setting('server_encoding') as encoding, current_schema() as schema,
        current_setting('search_path') as search_path,
        (select json_object_agg(name, json_build_object('value', current_setting(name),
          'settable', has_parameter_privilege(name, 'SET'))) from unnest(string_to_array(${checkedSettings.join()}, ',')) name) as settings`;
    const state = onlyRow(rows);
    refuseUnsuitable(state, params, host);
    const { pid } = (rows as unknown as { state: { pid: number } }).state;
    const isDirect = pid === state.pid;
    if (pooler === 'none' && !isDirect && (await sharesConnections(params, host, encrypted))) {
      throw new StartupError(
        `Before the database ${params.masked} stands a pooler in transaction mode: set DATABASE_POOLER=transaction`,
      );
    }
    return toCheckedServer(state, encrypted, isDirect);
  });
}

interface Found {
  readonly standby: boolean;
  readonly read_only: boolean;
  readonly role: string;
  readonly pid: number;
  readonly encoding: string;
  readonly schema: string | null;
  readonly search_path: string;
  readonly settings: Readonly<Record<string, EffectiveSetting>>;
}

function refuseUnsuitable(state: Found, { masked, hosts }: ConnectionParams, host: Host): void {
  if (state.standby || (state.read_only && hosts.length > 1)) {
    const message = `${hostLabel(host)} is a standby and takes no writes until it is promoted: name the primary in DATABASE_URL`;
    throw Object.assign(new Error(message), { code: '25006' });
  }
  if (state.read_only) {
    throw new StartupError(
      `The database ${masked} takes no writes: default_transaction_read_only is on, which some hosts set when a disk is full. ` +
        `Free the disk, and: alter role "${state.role}" set default_transaction_read_only = off`,
    );
  }
  if (state.encoding !== 'UTF8') {
    throw new StartupError(
      `The database ${masked} is in ${state.encoding}, and UTF8 is needed: ` +
        "create database … encoding 'UTF8' locale 'C.UTF-8' template template0",
    );
  }
  if (state.schema === null) {
    throw new StartupError(
      `The database ${masked} has no schema to work in: none of search_path (${state.search_path}) exists, ` +
        `or the role "${state.role}" may use none: create schema … authorization "${state.role}"`,
    );
  }
  const unsuited = unfitSetting(state.settings);
  if (unsuited) {
    const { name, wanted } = unsuited;
    throw new StartupError(
      `The database ${masked} has ${name} = ${state.settings[name]?.value}, and we need ${wanted}: ` +
        `alter role "${state.role}" set ${name} = '${wanted}'`,
    );
  }
}

function toCheckedServer({ role, schema, settings }: Found, encrypted: boolean, isDirect: boolean): CheckedServer {
  // A pooler would refuse these settings.
  const settable = Object.entries(privateServerLog).filter(([name]) => isDirect && settings[name]?.settable);
  const verbosity = settings.log_error_verbosity;
  return {
    encrypted,
    isDirect,
    role,
    schema: present(schema, 'the schema of our tables'),
    privacySettings: Object.fromEntries(settable),
    logsRows: !(isDirect && verbosity?.settable) && verbosity?.value !== 'terse',
    lacksSettings:
      [settings.statement_timeout, settings.lock_timeout].some((timeout) => timeout?.value === '0') ||
      settings.enable_seqscan?.value === 'on',
  };
}

/** Whether two connections of ours share one of the server: a pooler lends it to each for a transaction. */
async function sharesConnections(params: ConnectionParams, host: Host, encrypted: boolean): Promise<boolean> {
  const pidOf = async (sql: Sql) => (await sql<{ pid: number }[]>`select pg_backend_pid() as pid`)[0]?.pid;
  return withClient(params, host, 'none', encrypted, (first) =>
    withClient(params, host, 'none', encrypted, async (second) => {
      for (let times = 0; times < 5; times += 1) if ((await pidOf(first)) === (await pidOf(second))) return true;
      return false;
    }),
  );
}

/** Calls `run` with a connection of its own, and without prepared statements. */
async function withClient<T>(
  params: ConnectionParams,
  host: Host,
  pooler: Pooler,
  encrypted: boolean,
  run: (sql: Sql) => Promise<T>,
): Promise<T> {
  const socket = () => connectSocket(host, params, encrypted).catch(failingStream);
  const sql = createClient(params, { socket, host: () => host, max: 1, pooler, prepare: false });
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(connectionError('ETIMEDOUT')), checkTimeoutMs);
  });
  try {
    return await Promise.race([run(sql), timeout]);
  } finally {
    clearTimeout(timer);
    await sql.end({ timeout: 1 });
  }
}
