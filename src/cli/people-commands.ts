import { orAborted } from '../kit/shutdown.ts';
import type { PeopleNeeds } from '../people/person.ts';
import { parseCount } from './arguments.ts';
import {
  type CommandArguments,
  type CommandContext,
  type CommandGroup,
  type CommandOutput,
  defineCommand,
  type Operand,
} from './command.ts';
import { peopleNeeds } from './people-needs.ts';
import { refusalText } from './refusal-text.ts';
import { parseEnd } from './time.ts';
import { UsageError } from './usage-error.ts';

const personOperand: Operand = { noun: 'person', example: '+79161234567' };
const reason = { reason: 'string' } as const;

/** The commands about people. */
export const peopleCommands: CommandGroup = {
  'people find': defineCommand({
    usage: 'people find <text>     who has this number, e-mail address, user name, invite code or account id',
    operands: [{ noun: 'text', example: 'ann@example.org' }],
    parse: ({ operands: [text = ''] }) => ({ text, limit: 20, after: undefined }),
    run: listPeople,
  }),
  'people list': defineCommand({
    usage: `people list            the newest people, numbers masked
    --limit 50  --after …`,
    options: { limit: 'string', after: 'string' },
    parse: ({ text }) => ({ limit: parseCount('limit', text('limit') ?? '50', 200), after: text('after') }),
    run: listPeople,
  }),
  'people end-sessions': defineCommand({
    usage: 'people end-sessions <person>  signs a person out everywhere, by number or account id',
    operands: [personOperand],
    options: reason,
    parse: parsePerson,
    run: actOn(async (needs, { actor }, input) => {
      const { endPersonSessions } = await import('../people/act-on-person.ts');
      const done = await endPersonSessions(needs, actor, input);
      return done.ok ? { ...done, text: `Sessions ended: ${done.ended}.` } : done;
    }),
  }),
  'people change': defineCommand({
    usage: `people change <person>  changes a profile; an empty value removes it
    --username …  --first-name …  --last-name …  --email …  --reason "ticket 7"`,
    operands: [personOperand],
    options: { ...reason, username: 'string', 'first-name': 'string', 'last-name': 'string', email: 'string' },
    parse: parseChange,
    run: actOn<ReturnType<typeof parseChange>>(async (needs, { actor }, input) => {
      const { changePerson } = await import('../people/act-on-person.ts');
      const done = await changePerson(needs, actor, input);
      return done.ok ? { ...done, text: `Changed: ${Object.keys(input.changes).join(', ')}.` } : done;
    }),
  }),
  'people block': defineCommand({
    usage: `people block <person>  blocks an account, by number or account id; see blocks add for numbers and networks
    --reason "fraud"  --until 30d`,
    operands: [personOperand],
    options: { ...reason, until: 'string' },
    parse: (args) => ({ ...parsePerson(args), ...parseUntil(args) }),
    run: actOn<PersonWords & ReturnType<typeof parseUntil>>(async (needs, { actor }, input) => {
      const { blockPerson } = await import('../people/block-person.ts');
      const done = await blockPerson(needs, actor, input);
      return done.ok ? { ...done, text: `Blocked. Sessions ended: ${done.endedSessions}.` } : done;
    }),
  }),
  'people export': defineCommand({
    usage: 'people export <person>  what is known about one person, as JSON',
    operands: [personOperand],
    options: reason,
    parse: parsePerson,
    run: actOn(async (needs, { actor }, input) => {
      const { exportPerson } = await import('../people/export-person.ts');
      const done = await exportPerson(needs, actor, input);
      return done.ok ? { ok: true, text: JSON.stringify(done.data, undefined, 2), json: done.data } : done;
    }),
  }),
  'people erase': defineCommand({
    usage: `people erase <person>  erases a person for good, and prints what was removed and what stays until when
    --yes                    needed, since nothing brings them back`,
    operands: [personOperand],
    options: { ...reason, yes: 'boolean' },
    parse: (args: CommandArguments): PersonWords => {
      if (!args.flag('yes')) throw new UsageError('Nothing brings an erased person back: add --yes');
      return parsePerson(args);
    },
    run: actOn<PersonWords>(async (needs, { actor }, input) => {
      const { erasePerson } = await import('../people/erase-person.ts');
      const done = await erasePerson(needs, actor, input);
      const text = done.ok ? JSON.stringify(done.certificate, undefined, 2) : '';
      return done.ok ? { ok: true, text, json: done.certificate } : done;
    }),
  }),
};

/** The person of a command, and the reason. */
export interface PersonWords {
  readonly accountId?: string;
  readonly text?: string;
  readonly reason: string | undefined;
}

/** Parses a number, or the id of an account. */
export function parsePerson({ operands: [typed = ''], text }: CommandArguments): PersonWords {
  const isId = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(typed);
  return { ...(isId ? { accountId: typed.toLowerCase() } : { text: typed }), reason: text('reason') };
}

function parseUntil({ text, now }: CommandArguments) {
  const until = text('until');
  return { endsAt: until === undefined ? undefined : parseEnd('until', until, now) };
}

function parseChange(args: CommandArguments) {
  const options = { username: 'username', first_name: 'first-name', last_name: 'last-name', email: 'email' };
  const changes: Record<string, string> = Object.fromEntries(
    Object.entries(options).flatMap(([field, option]) => {
      const value = args.text(option);
      return value === undefined ? [] : [[field, value]];
    }),
  );
  if (Object.keys(changes).length === 0)
    throw new UsageError('Nothing is to be changed. Example: vouch people change +79161234567 --email ann@example.org');
  return { ...parsePerson(args), changes };
}

/** The result of an act, with its words, or its refusal. */
export type ActOutcome =
  | { readonly ok: true; readonly text: string; readonly json?: unknown }
  | { readonly ok: false; readonly code: string };

/** Runs an act in the database and prints its outcome. */
export function actOn<Input>(
  act: (needs: PeopleNeeds, context: CommandContext, input: Input) => Promise<ActOutcome>,
): (context: CommandContext, input: Input) => Promise<CommandOutput> {
  return (context, input) =>
    orAborted(
      context.withDatabase(async (db) => {
        const outcome = await act(await peopleNeeds(context, db), context, input);
        if (!outcome.ok) return { json: { refused: outcome.code }, text: refusalText(outcome), isGood: false };
        const { text, json, ...rest } = outcome;
        return { json: json ?? rest, text, isGood: true };
      }),
      context.shutdown.requested,
    );
}

async function listPeople(
  context: CommandContext,
  input: { text?: string; limit: number; after: string | undefined },
): Promise<CommandOutput> {
  const { findPeople } = await import('../people/find-people.ts');
  const { formatTime } = await import('../people/format.ts');
  const { formatTable } = await import('./table.ts');
  return actOn<typeof input>(async (needs, { actor }, { text, limit, after }) => {
    const page = await findPeople(needs, actor, { text, limit, after });
    if (!page.ok) return page;
    const rows = page.items.map((person) => ({
      id: person.id,
      number: person.phone_number,
      'user name': person.username ?? '',
      email: person.email ?? '',
      since: formatTime(person.created_at),
      invited: person.invited_count,
      state: [person.is_blocked ? 'blocked' : '', person.is_unproven ? 'unproven' : ''].filter(Boolean).join(', '),
    }));
    const more = page.next ? `\n\nMore: --after ${page.next}` : '';
    const { items, next } = page;
    return { ok: true, text: rows.length === 0 ? 'Nobody.' : formatTable(rows) + more, json: { items, next } };
  })(context, input);
}
