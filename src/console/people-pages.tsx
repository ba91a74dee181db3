import { sendPage } from '../http/pages.tsx';
import type { Server } from '../http/server.ts';
import { findPeople } from '../people/find-people.ts';
import { answerRefusal } from './act.tsx';
import { filterOf, listQuery, rowsOfPage } from './list-query.ts';
import { mayLook, type NumberPagesNeeds } from './number-pages.tsx';
import { PeopleView } from './people-view.tsx';
import { asOperator } from './visit.ts';

/** `/people/`: the newest people, masked. The search for one is that of a number, since no URL has a number or an address. */
export function peoplePages(server: Server, needs: NumberPagesNeeds): void {
  server.get('/people/', { schema: { querystring: listQuery() } }, (request, reply) =>
    asOperator(needs, request, reply, async (visit) => {
      const found = await findPeople(needs, visit.actor, {
        after: filterOf(request.query, 'after'),
        limit: rowsOfPage,
      });
      if (!found.ok) return answerRefusal(visit, found, { path: '/people/', fields: {}, back: '/people/' });
      return sendPage(reply, <PeopleView visit={visit} page={found} mayLook={mayLook(visit)} />);
    }),
  );
}
