import { sendPage } from '../http/pages.tsx';
import type { Server } from '../http/server.ts';
import { listMessages } from '../people/list-messages.ts';
import { answerRefusal } from './act.tsx';
import { filterOf, listQuery, rowsOfPage } from './list-query.ts';
import { MessagesView, messageStates } from './messages-view.tsx';
import { asOperator, type VisitNeeds } from './visit.ts';

const dayMs = 86_400_000;
const maxDays = 400;

/** `/messages/`: messages by country, provider, state and age, newest first, numbers masked. */
export function messagesPages(server: Server, needs: VisitNeeds): void {
  server.get(
    '/messages/',
    { schema: { querystring: listQuery('country', 'provider', 'state', 'days') } },
    (request, reply) =>
      asOperator(needs, request, reply, async (visit) => {
        const read = (name: string) => filterOf(request.query, name);
        const days = Math.min(maxDays, Math.max(1, Math.trunc(Number(read('days') ?? 1)) || 1));
        const filters = {
          country: read('country')?.toUpperCase(),
          provider: read('provider'),
          state: messageStates.find((state) => state === read('state')),
        };
        const now = Date.now();
        // messages of a clock that is ahead are shown, too
        const bounds = { since: new Date(now - days * dayMs), until: new Date(now + dayMs) };
        const found = await listMessages(needs, visit.actor, {
          ...filters,
          ...bounds,
          after: read('after'),
          limit: rowsOfPage,
        });
        if (!found.ok) return answerRefusal(visit, found, { path: '/messages/', fields: {}, back: '/messages/' });
        return sendPage(
          reply,
          <MessagesView visit={visit} page={found} filters={{ ...filters, days: String(days) }} />,
        );
      }),
  );
}
