import { parseCount } from './arguments.ts';
import { type CommandGroup, defineCommand } from './command.ts';
import { actOn, parsePerson } from './people-commands.ts';

const personOperand = { noun: 'person', example: '+79161234567' };

/** The commands about invites. */
export const inviteCommands: CommandGroup = {
  'invites tree': defineCommand({
    usage: 'invites tree <person>  who invited a person, and whom they invited, by number or account id',
    operands: [personOperand],
    parse: parsePerson,
    run: actOn(async (needs, { actor }, input) => {
      const { inviteTree } = await import('../people/invites.ts');
      const { findPeople } = await import('../people/find-people.ts');
      const text = input.accountId ?? input.text;
      const found = await findPeople(needs, actor, { text, limit: 1, field: input.accountId ? 'id' : 'phone' });
      if (!found.ok) return found;
      const [person] = found.items;
      if (!person) return { ok: false, code: 'person_unknown' };
      const tree = await inviteTree(needs, actor, { accountId: person.id });
      if (!tree.ok) return tree;
      const line = (depth: number, number: string | null, count: number) =>
        `${'  '.repeat(depth)}${number ?? '(erased)'}, has invited ${count}`;
      const above = tree.above.toReversed();
      const lines = [
        ...above.map(({ number, invited_count: count }, depth) => line(depth, number, count)),
        line(above.length, person.phone_number, person.invited_count),
        ...tree.below.flatMap((guest) => [
          line(above.length + 1, guest.number, guest.invited_count),
          ...guest.guests.map(({ number, invited_count: count }) => line(above.length + 2, number, count)),
        ]),
      ];
      return { ok: true, text: lines.join('\n'), json: { above: tree.above, below: tree.below } };
    }),
  }),
  'invites top': defineCommand({
    usage: `invites top            who has invited the most people
    --limit 20`,
    options: { limit: 'string' },
    parse: ({ text }) => ({ limit: parseCount('limit', text('limit') ?? '20', 100) }),
    run: actOn<{ limit: number }>(async (needs, { actor }, input) => {
      const { mostActiveInviters } = await import('../people/invites.ts');
      const { formatTable } = await import('./table.ts');
      const found = await mostActiveInviters(needs, actor, input);
      if (!found.ok) return found;
      const rows = found.items.map(({ account_id: id, number, invited_count: invited, stopped_at: stopped }) => ({
        id,
        number: number ?? '(erased)',
        invited,
        code: stopped ? 'closed' : 'open',
      }));
      return { ok: true, text: rows.length === 0 ? 'Nobody.' : formatTable(rows), json: found.items };
    }),
  }),
  ...Object.fromEntries(
    [
      ['close', false, 'lets nobody redeem the code of a person'],
      ['reopen', true, 'lets people redeem it again'],
    ].map(([verb, isOpen, what]) => [
      `invites ${verb}`,
      defineCommand({
        usage: `invites ${verb} <person>  ${what}`,
        operands: [personOperand],
        options: { reason: 'string' },
        parse: parsePerson,
        run: actOn(async (needs, { actor }, input) => {
          const { closeInvite } = await import('../people/act-on-person.ts');
          const done = await closeInvite(needs, actor, { ...input, isOpen: isOpen === true });
          return done.ok ? { ...done, text: done.changed ? 'Done.' : 'It was so already.' } : done;
        }),
      }),
    ]),
  ),
};
