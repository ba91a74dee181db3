/** A function of `src/<room>/*.sql`. */
export interface SqlFunction {
  readonly file: string;
  readonly name: string;
  /** The names of its parameters, in their order. */
  readonly parameters: readonly string[];
  readonly lines: number;
  /** Its statements, without comments; expressions of PL/pgSQL are none. */
  readonly statements: readonly string[];
  readonly text: string;
}

/** Tables that are distributed by the same key. */
export type Group = 'number' | 'account' | 'key';

/** A table: its group, the room that writes it, the columns of its primary key, and others that find few of its rows. */
interface Table {
  readonly group: Group;
  readonly room: string;
  readonly key: readonly string[];
  readonly finds?: readonly string[];
}

export const tables: Readonly<Record<string, Table>> = {
  challenge: { group: 'number', room: 'sign-in', key: ['phone_number', 'device_trust', 'asker'] },
  number_limit: { group: 'number', room: 'limits', key: ['phone_number', 'device_trust'] },
  delivery: { group: 'number', room: 'deliveries', key: ['phone_number', 'id'] },
  message_reference: { group: 'key', room: 'deliveries', key: ['reference', 'provider', 'id'] },
  number_account: { group: 'number', room: 'accounts', key: ['phone_number'] },
  legacy_code: { group: 'key', room: 'invites', key: ['folded', 'code'] },
  legacy_token: { group: 'key', room: 'sessions', key: ['token_hash'] },
  reserved_name: { group: 'key', room: 'accounts', key: ['key'] },
  account: { group: 'account', room: 'accounts', key: ['id'] },
  trusted_device: { group: 'account', room: 'sessions', key: ['account_id', 'secret_hash'] },
  session: { group: 'account', room: 'sessions', key: ['account_id', 'secret_hash'] },
  invite: { group: 'account', room: 'invites', key: ['account_id'] },
  invite_code: { group: 'key', room: 'invites', key: ['code'] },
  guest: { group: 'account', room: 'invites', key: ['inviter_id', 'account_id'] },
  counted_invite: { group: 'key', room: 'invites', key: ['pair_hash'] },
  audit_event: { group: 'account', room: 'audit', key: ['account_id', 'at', 'id'] },
  api_key: { group: 'key', room: 'api-keys', key: ['id'] },
  verification: { group: 'key', room: 'verifications', key: ['id'] },
  idempotent_request: { group: 'key', room: 'admin', key: ['key'] },
  webhook_endpoint: { group: 'key', room: 'webhooks', key: ['id'] },
  webhook_delivery: { group: 'key', room: 'webhooks', key: ['endpoint_id', 'seq'], finds: ['phone_number'] },
  webhook_attempt: { group: 'key', room: 'webhooks', key: ['endpoint_id', 'seq', 'number'] },
  logout_notice: { group: 'key', room: 'webhooks', key: ['id'] },
  message_event: { group: 'number', room: 'deliveries', key: ['phone_number', 'id', 'type'] },
  audit_seal: { group: 'key', room: 'audit', key: ['month', 'number'] },
  audit_month: { group: 'key', room: 'audit', key: ['month'] },
  audit_position: { group: 'key', room: 'audit', key: ['name'] },
  rate_limit: { group: 'key', room: 'limits', key: ['key'] },
  daily_count: { group: 'key', room: 'limits', key: ['day', 'scope', 'shard'] },
  early_receipt: { group: 'key', room: 'deliveries', key: ['provider', 'reference', 'state'] },
  block: { group: 'key', room: 'blocks', key: ['key', 'value'] },
  breaker: { group: 'key', room: 'routing', key: ['provider'] },
  oidc_record: { group: 'key', room: 'oidc', key: ['key'] },
  oidc_name: { group: 'key', room: 'oidc', key: ['key'] },
  oidc_client: { group: 'key', room: 'oidc', key: ['id'] },
  signing_key: { group: 'key', room: 'oidc', key: ['id'] },
  standby: { group: 'key', room: 'db', key: ['server'] },
  refusal: { group: 'key', room: 'limits', key: ['ending', 'bucket'] },
  operator: { group: 'key', room: 'team', key: ['key', 'account_id'] },
  operator_session: { group: 'key', room: 'team', key: ['key', 'secret_hash'] },
  operator_link: { group: 'key', room: 'team', key: ['key', 'secret_hash'] },
};

/** The first parameters that are keys. */
const keyParameter =
  /^p_(phone_numbers?|account_ids?|keys?|code|days?|ids?|ending|pair_hash(?:es)?|provider|server|references?|month)$/;
/** The first parameter of a job, a function over all keys: the maximum of rows that it reads. */
const jobParameter = 'p_max';
/** Finds all messages of an erased person, however old they are. */
const unboundedDeliveries = ['take_deliveries'];
const lock = /\bfor (?:(?:no key )?update|(?:key )?share)/;
const maxLines = 60;
/** The maximum of parameters of a statement. */
export const maxParameters = 20;

/** A table whose catalogue, size or partitions a function uses: no statement names it after `from`. */
const catalogue = /'(\w+?)(?:_rest)?'::regclass|pg_relation_size\('(\w+?)(?:_rest)?'|\btablename in \('(\w+)'/g;

/** The group of the tables of a function; undefined if it has none. */
export function groupOf(one: SqlFunction): Group | undefined {
  const described = [...one.text.matchAll(catalogue)].flatMap((match) => match.slice(1));
  const used = [...one.statements.flatMap(tablesOf), ...described];
  return used.map((name) => tables[name ?? '']?.group).find((group) => group !== undefined);
}

/** The functions in the text of a file. */
export function functionsIn(file: string, text: string): SqlFunction[] {
  return text
    .split(/^(?=create function )/m)
    .filter((part) => part.startsWith('create function '))
    .map((part) => {
      const whole = /^[\s\S]*?(?:\$\$[\s\S]*?\$\$;|\breturn [^;]*;)/.exec(part)?.[0] ?? part;
      const [, name = '', list = ''] =
        /^create function vouch\.(\w+)\(([^)]*)\)/.exec(whole.replace(/\(\d+\)/g, '')) ?? [];
      const code = whole.replace(/--.*$/gm, '');
      const body = code.slice(code.search(/\$\$|\breturn\b/));
      return {
        file,
        name,
        parameters: [...list.matchAll(/(?:^|,)\s*(p_\w+)/g)].map((match) => match[1] ?? ''),
        lines: whole.split('\n').length,
        statements:
          body.match(/\b(?:select|perform|insert into|update|delete from|with)\s[\s\S]*?(?=;|\sloop\n)/g) ?? [],
        text: code,
      };
    });
}

/** The rules that a function breaks. */
export function breachesOf(one: SqlFunction): string[] {
  const at = (breach: string) => `${one.file}: ${one.name}: ${breach}`;
  const touched = [...new Set(one.statements.flatMap(tablesOf))];
  const groups = new Set(touched.map((name) => tables[name]?.group));
  const found: string[] = [];
  if (one.lines >= maxLines) found.push(`${one.lines} lines`);
  if (one.parameters.length > maxParameters) found.push(`${one.parameters.length} parameters`);
  if (touched.length > 0 && !isJob(one) && !keyParameter.test(one.parameters[0] ?? ''))
    found.push('its first argument is no key');
  if (groups.size > 1) found.push(`tables of several groups: ${touched.join(', ')}`);
  if (/\bctid\b/.test(one.text)) found.push('ctid');
  if (/\b(?:now\(\)|clock_timestamp|current_timestamp|gen_random_uuid)/.test(one.text))
    found.push('a time or an id of its own');
  return [...found, ...one.statements.flatMap((statement) => statementBreaches(one, statement))].map(at);
}

/** Whether a function goes over all keys: it reads a batch of them, and the functions that it calls act by key. */
export function isJob({ parameters }: SqlFunction): boolean {
  return parameters[0] === jobParameter;
}

function statementBreaches(one: SqlFunction, statement: string): string[] {
  const { file } = one;
  const found: string[] = [];
  const used = tablesOf(statement);
  const written = /^(?:insert into|update|delete from) (\w+)/.exec(statement)?.[1];
  if (/\bwith\b[\s\S]*\bas \(\s*(?:insert|update|delete)/.test(statement))
    found.push('a common table expression that writes');
  if (/\binterval '|\[[^\]]*:[^\]:]*\]|::(?:timestamptz?|date|interval)\b/.test(statement))
    found.push('an interval, a slice or a cast to a time in a statement');
  if (written && tables[written] && !file.startsWith(`${tables[written].room}/`)) found.push(`writes ${written}`);
  if (written && keysSet(statement).some((column) => tables[written]?.key.includes(column)))
    found.push(`changes the key of ${written}`);
  if (isJob(one)) {
    const isRead = /^select\b[\s\S]*\blimit p_max$/.test(statement.trim()) && !lock.test(statement);
    if (isUnbounded(statement)) found.push('delivery without a bound of its id');
    if (used.length > 0 && !isRead) found.push('a job does more than read a batch');
    return found;
  }
  if (statement.startsWith('insert')) return found;
  if (!unboundedDeliveries.includes(one.name) && isUnbounded(statement))
    found.push('delivery without a bound of its id');
  for (const name of used) {
    const { key, finds = [] } = tables[name] as Table;
    const named = [...key, ...finds].some((column) => new RegExp(`\\b${column} (?:=|in \\()`).test(statement));
    if (!named) found.push(`${name} without its key`);
    if (!named && lock.test(statement)) found.push('a lock without the key');
  }
  return found;
}

/**
 * Whether a statement reads more partitions of `delivery` than those of an id or a range of ids: each mention of the table
 * needs one or the other.
 */
export function isUnbounded(statement: string): boolean {
  const mentions = statement.match(/\b(?:from|join|update)\s+delivery\b/gi) ?? [];
  const bounds = statement.match(/\bid = |\bid >= [^\n]+? and (?:\w+\.)?id <=? /gi) ?? [];
  return mentions.length > bounds.length;
}

export function tablesOf(statement: string): string[] {
  const names = [...statement.matchAll(/\b(?:from|join|into|update) (\w+)/g)].map((match) => match[1] ?? '');
  return [...new Set(names.filter((name) => name in tables))];
}

/** The columns that an update sets. */
function keysSet(statement: string): string[] {
  const [, list = ''] = /^update \w+ (?:\w+ )?set ([\s\S]*?)(?:\bwhere\b|$)/.exec(statement) ?? [];
  return [...list.matchAll(/(?:^|,)\s*(\w+) =/g)].map((match) => match[1] ?? '');
}
