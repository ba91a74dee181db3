import Type from 'typebox';
import { addBlock } from '../blocks/blocks.ts';
import { sendPage } from '../http/pages.tsx';
import type { Reply, Server } from '../http/server.ts';
import { roles } from '../operators/act.ts';
import { findPeople } from '../people/find-people.ts';
import { numberStory } from '../people/number-story.ts';
import type { PeopleNeeds } from '../people/person.ts';
import { answerRefusal, answerThere, countAct } from './act.tsx';
import { SearchView } from './search-view.tsx';
import { StoryView } from './story-view.tsx';
import { asOperator, type Visit, type VisitNeeds } from './visit.ts';

/** The dependencies of the pages of a number. */
export interface NumberPagesNeeds extends PeopleNeeds, VisitNeeds {}

const text = Type.Optional(Type.String({ maxLength: 600 }));
const bodies = {
  look: Type.Object({ text, account: text, reason: text }),
  block: Type.Object({ text, reason: text, days: text }),
};
const back = '/';
const dayMs = 86_400_000;

/** `/`: the search, and the story of a number. A number is never in a URL, so each page of one answers a form. */
export function numberPages(server: Server, needs: NumberPagesNeeds): void {
  server.get('/', (request, reply) =>
    asOperator(needs, request, reply, async (visit) =>
      sendPage(reply, <SearchView visit={visit} mayLook={mayLook(visit)} />),
    ),
  );

  server.post('/number/', { schema: { body: bodies.look } }, (request, reply) =>
    asOperator(needs, request, reply, (visit) => look(needs, visit, request.body)),
  );

  server.post('/number/block/', { schema: { body: bodies.block } }, (request, reply) =>
    asOperator(needs, request, reply, (visit) => {
      const { text: number = '', reason = '', days = '' } = request.body;
      const form = { path: '/number/block/', fields: { text: number, reason, days }, back };
      return answerThere(needs.db, visit, form, async () => {
        const end = Number(days) > 0 ? { endsAt: new Date(Date.now() + Number(days) * dayMs) } : {};
        const added = await addBlock(needs, visit.actor, { kind: 'number', value: number, reason, ...end });
        return added.ok ? undefined : added;
      });
    }),
  );
}

/** Whether the role may see a number in clear: only a hint for the form, since the use case decides. */
export function mayLook({ actor }: Visit): boolean {
  return roles.indexOf(actor.role) >= roles.indexOf('support');
}

/** Shows the story of a number if a reason is given, or else the people whom the text may mean, masked. */
async function look(
  needs: NumberPagesNeeds,
  visit: Visit,
  body: { readonly text?: string; readonly account?: string; readonly reason?: string },
): Promise<Reply> {
  const { text: typed = '', account: accountId, reason = '' } = body;
  const fields = { text: typed, reason, ...(accountId === undefined ? {} : { account: accountId }) };
  const form = { path: '/number/', fields, back };
  const refusal = await countAct(needs.db, visit);
  if (refusal) return answerRefusal(visit, refusal, form);
  if (reason.trim() === '') return search(needs, visit, typed);
  const story = await numberStory(
    needs,
    visit.actor,
    accountId === undefined ? { text: typed, reason } : { accountId, reason },
  );
  if (story.ok) return sendPage(visit.reply, <StoryView visit={visit} story={story} reason={reason} />);
  if (story.code === 'not_a_phone_number') return search(needs, visit, typed, reason);
  return answerRefusal(visit, story, form);
}

async function search(needs: NumberPagesNeeds, visit: Visit, typed: string, reason = ''): Promise<Reply> {
  const { reply, words } = visit;
  const shown = { visit, mayLook: mayLook(visit), typed, reason };
  if (typed.trim() === '') return sendPage(reply, <SearchView {...shown} error={words.form.required} />, 400);
  const found = await findPeople(needs, visit.actor, { text: typed, limit: 20 });
  if (!found.ok) return answerRefusal(visit, found, { path: '/number/', fields: {}, back });
  return sendPage(reply, <SearchView {...shown} people={found.items} />);
}
