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
  'people try': defineCommand({
    usage: `people try <number>    lets a number try now: ends its lock and every limit of it
    --reason "ticket 7"`,
    operands: [personOperand],
    options: reason,
    parse: parsePerson,
    run: actOn(async (needs, { actor }, input) => {
      const { unlockNumber } = await import('../people/act-on-person.ts');
      const done = await unlockNumber(needs, actor, input);
      return done.ok ? { ...done, text: 'The number can request a code now. Its open codes have ended.' } : done;
    }),
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
  const { formatTime } = await import('../people/timeline.ts');
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
