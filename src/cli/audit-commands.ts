import type { KnownSeal } from '../audit/verify-trail.ts';
import { parseCount } from './arguments.ts';
import {
  type CommandArguments,
  type CommandContext,
  type CommandGroup,
  type CommandOutput,
  defineCommand,
} from './command.ts';
import { parseTime } from './time.ts';
import { UsageError } from './usage-error.ts';

/** The commands about the audit trail. */
export const auditCommands: CommandGroup = {
  'audit list': defineCommand({
    usage: `audit list             the audit trail, newest first, numbers masked
    --since 24h  --until …   --event signed_in  --act block  --limit 100
    --account <id>  --actor operator|key|command_line|person  --actor-id <id>`,
    options: {
      since: 'string',
      until: 'string',
      event: 'string',
      act: 'string',
      actor: 'string',
      'actor-id': 'string',
      account: 'string',
      limit: 'string',
    },
    parse: parseList,
    run: listTrail,
  }),
  'audit verify': defineCommand({
    usage: `audit verify           checks the chain of hashes of each month: changed, missing and added events
    --known 2026-11-01:120:<hash>   a seal that you kept, which has to be there still`,
    options: { known: 'string' },
    parse: ({ text }) => ({ known: text('known') === undefined ? [] : [parseSeal(text('known') ?? '')] }),
    run: verifyByOperator,
  }),
};

type ListInput = ReturnType<typeof parseList>;

function parseList({ text, now }: CommandArguments) {
  const [limit, until, accountId] = [text('limit'), text('until'), text('account')];
  if (accountId !== undefined && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(accountId))
    throw new UsageError(
      `${accountId} is no id of an account. Example: --account 0197b1c2-0000-7000-8000-000000000000`,
    );
  return {
    since: parseTime('since', text('since') ?? '24h', now),
    until: until === undefined ? undefined : parseTime('until', until, now),
    event: text('event'),
    act: text('act'),
    actor: text('actor'),
    actorId: text('actor-id'),
    accountId,
    limit: limit === undefined ? 100 : parseCount('limit', limit, 10_000),
  };
}

async function listTrail({ withDatabase, actor, createLog }: CommandContext, input: ListInput): Promise<CommandOutput> {
  const { findTrail } = await import('../audit/find-trail.ts');
  const { formatTable } = await import('./table.ts');
  const { formatTime } = await import('../people/format.ts');
  const log = await createLog();
  const page = await withDatabase((db) => findTrail({ db, log }, actor, input));
  if (page.code !== 'found') throw new UsageError(page.code);
  const lines = page.items.map((row) => ({
    at: formatTime(row.at),
    event: row.act ?? row.event,
    result: row.result,
    by: row.actor === 'person' ? 'person' : `${row.actor} ${row.actor_id}${row.role ? ` (${row.role})` : ''}`,
    account: row.account_id ?? '',
    target: row.target ?? row.number ?? '',
    from: [row.client_ip, row.device].filter(Boolean).join(', '),
    reason: row.reason ?? row.details ?? '',
  }));
  const json = page.items.map(({ micros: _, ...row }) => row);
  return { json, text: lines.length === 0 ? 'No event in that time.' : formatTable(lines), isGood: true };
}

function parseSeal(typed: string): KnownSeal {
  const [, month, number, hash] = /^(\d{4}-\d{2}-01):(\d{1,12}):([0-9a-f]{64})$/.exec(typed) ?? [];
  if (month === undefined || number === undefined || hash === undefined)
    throw new UsageError(`${typed} is no seal: copy it from the log or from an earlier verification`);
  return { month, number: Number(number), hash };
}

async function verifyByOperator(
  { config, withDatabase, actor }: CommandContext,
  { known }: { readonly known: readonly KnownSeal[] },
): Promise<CommandOutput> {
  const { verifyTrail } = await import('../audit/verify-trail.ts');
  const { instanceKeys } = await import('../config/dev-key.ts');
  const keys = instanceKeys(config);
  const progress = (seals: number) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${seals} seals checked`);
  };
  const found = await withDatabase((db) => verifyTrail({ db, keys, progress }, actor, known));
  if (found.code !== 'verified') throw new UsageError(found.code);
  const text = [
    ...found.months.map(
      ({ month, seals, events, waiting, hash }) =>
        `${month.slice(0, 7)}  ${events} events, ${waiting} of them not sealed yet; newest seal ${month}:${seals}:${hash}`,
    ),
    ...found.flaws.map(({ month, flaw, id }) => `${month.slice(0, 7)}  ${sentences[flaw]} ${id}`),
    found.flaws.length === 0 ? 'No flaw found.' : `${found.flaws.length} flaws found.`,
  ].join('\n');
  return { json: found, text, isGood: found.flaws.length === 0 };
}

const sentences = {
  event_changed: 'CHANGED: event',
  event_missing: 'MISSING: event',
  event_unsealed: 'ADDED, or its seal is missing: event',
  seal_missing: 'MISSING: seal',
  seal_changed: 'CHANGED, or out of order: seal',
  seal_forged: 'NOT BY A KEY OF THIS INSTANCE: seal',
  newest_seal_missing: 'MISSING, the newest known one: seal',
} as const;
