import { findTrail } from '../audit/find-trail.ts';
import { sendPage } from '../http/pages.tsx';
import type { Server } from '../http/server.ts';
import { type Act, isAct } from '../operators/act.ts';
import { answerRefusal } from './act.tsx';
import { AuditView } from './audit-view.tsx';
import { filterOf, listQuery, rowsOfPage } from './list-query.ts';
import { asOperator, type VisitNeeds } from './visit.ts';

const actors = ['operator', 'key', 'command_line', 'person'] as const;

/** `/audit/`: the audit trail, newest first, by the actor and the act. */
export function auditPages(server: Server, needs: VisitNeeds): void {
  server.get('/audit/', { schema: { querystring: listQuery('actor', 'act') } }, (request, reply) =>
    asOperator(needs, request, reply, async (visit) => {
      const actor = actors.find((name) => name === filterOf(request.query, 'actor'));
      const act = toAct(filterOf(request.query, 'act'));
      const after = filterOf(request.query, 'after');
      const found = await findTrail(needs, visit.actor, { actor, act, after, limit: rowsOfPage });
      if (found.code !== 'found') return answerRefusal(visit, found, { path: '/audit/', fields: {}, back: '/today/' });
      return sendPage(reply, <AuditView visit={visit} page={found} filters={{ actor, act }} actors={actors} />);
    }),
  );
}

function toAct(text: string | undefined): Act | undefined {
  return text !== undefined && isAct(text) ? text : undefined;
}
