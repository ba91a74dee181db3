import { sendPage } from '../http/pages.tsx';
import type { Server } from '../http/server.ts';
import { viewToday } from '../people/view-today.ts';
import { answerRefusal } from './act.tsx';
import { figures, TodayView } from './today-view.tsx';
import { asOperator, type VisitNeeds } from './visit.ts';

/** `/today/`: the messages of today beside the same day last week, and the figures that its script refreshes. */
export function todayPages(server: Server, needs: VisitNeeds): void {
  server.get('/today/', (request, reply) =>
    asOperator(needs, request, reply, async (visit) => {
      const today = await viewToday(needs, visit.actor);
      if ('code' in today) return answerRefusal(visit, today, { path: '/today/', fields: {}, back: '/' });
      return sendPage(reply, <TodayView visit={visit} today={today} />);
    }),
  );

  server.get('/today/figures/', (request, reply) =>
    asOperator(needs, request, reply, async (visit) => {
      const today = await viewToday(needs, visit.actor);
      if ('code' in today) return reply.code(403).send({ code: today.code });
      return reply.send(Object.fromEntries(figures.map((name) => [name, today.today[name]])));
    }),
  );
}
