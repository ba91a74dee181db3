import { type BlockKind, blockKinds } from '../blocks/block.ts';
import { oneOfWords, parseCount } from './arguments.ts';
import {
  type CommandArguments,
  type CommandContext,
  type CommandGroup,
  type CommandOutput,
  defineCommand,
} from './command.ts';
import { actOn } from './people-commands.ts';
import { parseEnd } from './time.ts';

const operands = [
  { noun: 'kind', example: 'number' },
  { noun: 'value', example: '+79161234567' },
];

/** The commands about blocks. */
export const blockCommands: CommandGroup = {
  'blocks add': defineCommand({
    usage: `blocks add <kind> <value>  refuses codes and sign-ins: number, account (its id), prefix, country or network
    --reason "fraud"  --until 30d`,
    operands,
    options: { reason: 'string', until: 'string' },
    parse: parseAdd,
    run: actOn(async (needs, { actor }, input) => {
      const { addBlock } = await import('../blocks/blocks.ts');
      const done = await addBlock(needs, actor, input);
      if (!done.ok) return done;
      const { kind, value } = done.target;
      const ended = done.endedSessions > 0 ? ` Sessions ended: ${done.endedSessions}.` : '';
      return { ...done, text: `Blocked: ${kind} ${value}.${ended}` };
    }),
  }),
  'blocks remove': defineCommand({
    usage: 'blocks remove <kind> <value>  takes a block away',
    operands,
    options: { reason: 'string' },
    parse: parseTarget,
    run: actOn(async (needs, { actor }, input) => {
      const { removeBlock } = await import('../blocks/blocks.ts');
      const done = await removeBlock(needs, actor, input);
      return done.ok ? { ...done, text: 'The block is gone.' } : done;
    }),
  }),
  'blocks list': defineCommand({
    usage: `blocks list            the blocks, newest first, each with its reason, end and effect so far
    --kind prefix  --limit 50  --after …`,
    options: { kind: 'string', limit: 'string', after: 'string' },
    parse: ({ text }) => {
      const kind = text('kind');
      return {
        kind: kind === undefined ? undefined : oneOfWords('kind', kind, blockKinds),
        limit: parseCount('limit', text('limit') ?? '50', 200),
        after: text('after'),
      };
    },
    run: listBlocks,
  }),
};

function parseTarget({ operands: [kind = '', value = ''], text }: CommandArguments) {
  return { kind: oneOfWords('kind', kind, blockKinds), value, reason: text('reason') };
}

function parseAdd(args: CommandArguments) {
  const until = args.text('until');
  return { ...parseTarget(args), endsAt: until === undefined ? undefined : parseEnd('until', until, args.now) };
}

async function listBlocks(
  context: CommandContext,
  input: { kind: BlockKind | undefined; limit: number; after: string | undefined },
): Promise<CommandOutput> {
  const { findBlocks } = await import('../blocks/blocks.ts');
  const { formatTime } = await import('../people/format.ts');
  const { formatTable } = await import('./table.ts');
  return actOn<typeof input>(async (needs, { actor }, filter) => {
    const page = await findBlocks(needs, actor, filter);
    if (!page.ok) return page;
    const { items, next } = page;
    const rows = items.map((row) => ({
      kind: row.kind,
      value: row.value,
      since: formatTime(row.created_at),
      until: row.ends_at ? formatTime(row.ends_at) : '',
      refused: row.refused_count,
      by: row.created_by,
      reason: row.reason,
    }));
    const more = next ? `\n\nMore: --after ${next}` : '';
    return { ok: true, text: rows.length === 0 ? 'No block.' : formatTable(rows) + more, json: { items, next } };
  })(context, input);
}
