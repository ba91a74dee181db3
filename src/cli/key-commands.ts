import type { KeyInput, KeyRefusal } from '../api-keys/api-key.ts';
import type { AuditNeeds } from '../audit/store.ts';
import { type Scope, scopes } from '../operators/act.ts';
import { oneOfWords, parseCount } from './arguments.ts';
import {
  type CommandArguments,
  type CommandContext,
  type CommandGroup,
  type CommandOutput,
  defineCommand,
  type Operand,
} from './command.ts';
import { parseTime } from './time.ts';
import { UsageError } from './usage-error.ts';

const keyOperand: Operand = { noun: 'key id', example: '3f0c1c0e8d4b4a57' };

/** The commands about the keys of the management API. */
export const keyCommands: CommandGroup = {
  'keys add': defineCommand({
    usage: `keys add <name>        issues a key of the management API, which is shown once
    --scopes users:read,messages:read
    --networks 10.0.0.0/8    the networks that may use it; otherwise all
    --days 365  --rate 600   its lifetime, and its requests a minute`,
    operands: [{ noun: 'name', example: '"billing system" --scopes users:read' }],
    options: { scopes: 'string', networks: 'string', days: 'string', rate: 'string' },
    parse: parseKeyInput,
    run: addByOperator,
  }),
  'keys list': defineCommand({
    usage: 'keys list              the keys, their scopes, ends and last uses, never their secrets',
    parse: () => undefined,
    run: listByOperator,
  }),
  'keys rotate': defineCommand({
    usage: `keys rotate <id>       gives a key a new secret, which is shown once
    --overlap 24h            how long the old secret stays valid too; 0 ends it at once`,
    operands: [keyOperand],
    options: { overlap: 'string' },
    parse: parseRotation,
    run: rotateByOperator,
  }),
  'keys revoke': defineCommand({
    usage: 'keys revoke <id>       ends a key at once, on every process',
    operands: [keyOperand],
    parse: ({ operands: [id = ''] }) => ({ id: idIn(id) }),
    run: revokeByOperator,
  }),
};

function parseKeyInput({ operands: [name = ''], text }: CommandArguments): Partial<KeyInput> & { name: string } {
  const chosen = listed(text('scopes'));
  if (chosen.length === 0)
    throw new UsageError(`--scopes is missing: some of ${scopes.join(', ')}. Example: --scopes users:read`);
  const [days, rate] = [text('days'), text('rate')];
  return {
    name,
    scopes: chosen.map((scope): Scope => oneOfWords('scope', scope, scopes)),
    networks: listed(text('networks')),
    ...(days === undefined ? {} : { lifetimeDays: parseCount('days', days, 3650) }),
    ...(rate === undefined ? {} : { requestsPerMinute: parseCount('rate', rate, 100_000) }),
  };
}

interface Rotation {
  readonly id: string;
  readonly overlapSeconds: number | undefined;
}

function parseRotation({ operands: [id = ''], text, now }: CommandArguments): Rotation {
  const overlap = text('overlap');
  if (overlap === undefined) return { id: idIn(id), overlapSeconds: undefined };
  const ms = overlap === '0' ? 0 : now.getTime() - parseTime('overlap', overlap, now).getTime();
  return { id: idIn(id), overlapSeconds: Math.round(ms / 1000) };
}

/** A whole key on the command line would be in the history of the shell; its id is enough. */
function idIn(typed: string): string {
  if (/^[0-9a-f]{16}$/.test(typed)) return typed;
  throw new UsageError(`That is no id of a key: 16 digits from 0 to f, as vouch keys list shows it`);
}

function listed(text: string | undefined): string[] {
  return text === undefined
    ? []
    : text
        .split(',')
        .map((word) => word.trim())
        .filter((word) => word !== '');
}

async function addByOperator(context: CommandContext, input: ReturnType<typeof parseKeyInput>): Promise<CommandOutput> {
  const { addKey } = await import('../api-keys/manage-keys.ts');
  const { keyDefaults } = await import('../api-keys/api-key.ts');
  const { lifetimeDays, requestsPerMinute } = keyDefaults;
  const whole = { scopes: [], networks: [], lifetimeDays, requestsPerMinute, ...input };
  const added = await withNeeds(context, (needs) => addKey(needs, context.actor, whole));
  if (!added.ok) return refused(added);
  const { id, key, expiresAt } = added;
  const hint = context.config.managementApi ? '' : '\nThe management API is not served yet: set MANAGEMENT_API=on.';
  return {
    json: { id, key, expires_at: expiresAt },
    text: `${key}\n\nThis is the only time that the key is shown. Its id is ${id}, and it ends on ${dayOf(expiresAt)}.${hint}`,
    isGood: true,
  };
}

async function listByOperator(context: CommandContext): Promise<CommandOutput> {
  const { listKeys } = await import('../api-keys/manage-keys.ts');
  const { formatTable } = await import('./table.ts');
  const found = await withNeeds(context, (needs) => listKeys(needs, context.actor));
  if (!found.ok) return refused(found);
  const rows = found.keys.map((key) => ({
    id: key.id,
    name: key.name,
    state: key.revoked_at ? 'revoked' : key.is_live ? 'valid' : 'expired',
    scopes: key.scopes.join(','),
    networks: key.networks.join(',') || 'all',
    'per minute': key.requests_per_minute,
    ends: dayOf(key.revoked_at ?? key.expires_at),
    'old secret until': key.previous_until ? minuteOf(key.previous_until) : '',
    'last used': key.last_used_at ? minuteOf(key.last_used_at) : 'never',
  }));
  return { json: found.keys, text: rows.length > 0 ? formatTable(rows) : 'There is no key.', isGood: true };
}

async function rotateByOperator(context: CommandContext, { id, overlapSeconds }: Rotation): Promise<CommandOutput> {
  const { rotateKey } = await import('../api-keys/manage-keys.ts');
  const { keyDefaults } = await import('../api-keys/api-key.ts');
  const input = { id, overlapSeconds: overlapSeconds ?? keyDefaults.overlapSeconds };
  const rotated = await withNeeds(context, (needs) => rotateKey(needs, context.actor, input));
  if (!rotated.ok) return refused(rotated);
  const { key, expiresAt, previousUntil } = rotated;
  const old = input.overlapSeconds === 0 ? 'has ended' : `ends at ${minuteOf(previousUntil)}`;
  return {
    json: { id, key, expires_at: expiresAt, previous_until: previousUntil },
    text: `${key}\n\nThis is the only time that the key is shown. Its old secret ${old}, the new one ends on ${dayOf(expiresAt)}.`,
    isGood: true,
  };
}

async function revokeByOperator(context: CommandContext, input: { readonly id: string }): Promise<CommandOutput> {
  const { revokeKey } = await import('../api-keys/manage-keys.ts');
  const revoked = await withNeeds(context, (needs) => revokeKey(needs, context.actor, input));
  if (!revoked.ok) return refused(revoked);
  return { json: { id: input.id, name: revoked.name }, text: `The key ${revoked.name} has ended.`, isGood: true };
}

async function withNeeds<T>(context: CommandContext, run: (needs: AuditNeeds) => Promise<T>): Promise<T> {
  const log = await context.createLog();
  return context.withDatabase((db) => run({ db, log }));
}

function refused({ ok: _, ...refusal }: KeyRefusal): CommandOutput {
  return { json: refusal, text: explain(refusal), isGood: false };
}

type Distributed<R> = R extends unknown ? Omit<R, 'ok'> : never;

function explain(refusal: Distributed<KeyRefusal>): string {
  switch (refusal.code) {
    case 'key_unknown':
      return 'There is no key with this id: see vouch keys list.';
    case 'key_revoked':
      return 'The key is revoked.';
    case 'key_overlaps':
      return `The key has two valid secrets until ${minuteOf(refusal.until)}. With --overlap 0 both of them end now.`;
    case 'network_invalid':
      return refusal.meant === undefined
        ? `${refusal.network} is no network. Example: --networks 192.0.2.0/24,2001:db8::/32`
        : `${refusal.network} has bits after its prefix. Probably ${refusal.meant} is meant.`;
    case 'key_name_invalid':
      return 'A name has 1 to 100 characters, and no control characters.';
    case 'networks_too_many':
      return `A key has at most ${refusal.max} networks.`;
    case 'number_out_of_range':
      return `The number is out of range: the maximum is ${refusal.max}.`;
    case 'scope_unknown':
      return `${refusal.scope} is no scope: one of ${scopes.join(', ')}.`;
    case 'scopes_missing':
      return 'A key needs a scope.';
    default:
      return 'This may not be done from the command line.';
  }
}

function dayOf(time: Date): string {
  return time.toISOString().slice(0, 10);
}

function minuteOf(time: Date): string {
  return `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
