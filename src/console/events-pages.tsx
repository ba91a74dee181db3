import Type from 'typebox';
import { takeNotice } from '../http/notice.ts';
import { sendPage } from '../http/pages.tsx';
import type { Reply, Server } from '../http/server.ts';
import { replayWebhook } from '../webhooks/manage-webhooks.ts';
import { listWebhookAttempts, readWebhookEvents } from '../webhooks/webhook-history.ts';
import { answerAct, answerRefusal } from './act.tsx';
import { EventsView } from './events-view.tsx';
import { filterOf, listQuery, rowsOfPage } from './list-query.ts';
import { asOperator, type Visit } from './visit.ts';
import type { WebhooksPagesNeeds } from './webhooks-pages.tsx';

const path = '/webhooks/events/';
const number = Type.Optional(Type.String({ maxLength: 40 }));
const replayed = Type.Object({ id: Type.String({ pattern: '^[0-9a-f]{1,32}$' }), after: number, until: number });
const attemptsOfPage = 20;

/** `/webhooks/events/`: the events of an endpoint after a number, its newest attempts, and the form that sends again. */
export function eventsPages(server: Server, needs: WebhooksPagesNeeds): void {
  server.get(path, { schema: { querystring: listQuery('id') } }, (request, reply) =>
    asOperator(needs, request, reply, (visit) => showEvents(needs, visit)),
  );

  server.post('/webhooks/replay/', { schema: { body: replayed } }, (request, reply) =>
    asOperator(needs, request, reply, (visit) => {
      const { id, after = '', until = '' } = request.body;
      const form = { path: '/webhooks/replay/', fields: { id, after, until }, back: `${path}?id=${id}` };
      return answerAct(needs.db, visit, form, 'webhook_replayed', async () => {
        const range = { after: wholeNumber(after) ?? 0, until: wholeNumber(until) ?? Number.MAX_SAFE_INTEGER };
        const done = await replayWebhook(needs, visit.actor, { id, ...range });
        return done.ok ? undefined : done;
      });
    }),
  );
}

async function showEvents(needs: WebhooksPagesNeeds, visit: Visit): Promise<Reply> {
  const { request, reply, words } = visit;
  const id = filterOf(request.query, 'id') ?? '';
  const after = filterOf(request.query, 'after');
  const events = await readWebhookEvents(needs, visit.actor, { id, after, limit: rowsOfPage });
  const form = { path, fields: {}, back: '/webhooks/' };
  if (!events.ok) return answerRefusal(visit, events, form);
  const attempts = await listWebhookAttempts(needs, visit.actor, { id, limit: attemptsOfPage });
  if (!attempts.ok) return answerRefusal(visit, attempts, form);
  const notice = takeNotice(request, reply, words.notices);
  const lists = { events: events.items, attempts: attempts.items, next: events.next };
  return sendPage(reply, <EventsView visit={visit} id={id} after={after ?? ''} notice={notice} {...lists} />);
}

function wholeNumber(text: string): number | undefined {
  return /^\d{1,15}$/.test(text.trim()) ? Number(text) : undefined;
}
