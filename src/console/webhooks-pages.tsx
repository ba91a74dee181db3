import Type from 'typebox';
import { takeNotice } from '../http/notice.ts';
import { sendPage } from '../http/pages.tsx';
import type { Reply, Server } from '../http/server.ts';
import { eventTypes, type WebhookRefusal } from '../webhooks/endpoint.ts';
import {
  addWebhook,
  changeWebhook,
  deleteWebhook,
  listWebhooks,
  rotateWebhookSecret,
  sendTestWebhook,
  type WebhookNeeds,
} from '../webhooks/manage-webhooks.ts';
import { answerAct, answerRefusal, countAct } from './act.tsx';
import { ConfirmView } from './confirm-view.tsx';
import { toFields } from './keys-pages.tsx';
import { asOperator, type Visit, type VisitNeeds } from './visit.ts';
import { SecretView, WebhooksView } from './webhooks-view.tsx';

/** The dependencies of the pages of webhooks. */
export interface WebhooksPagesNeeds extends WebhookNeeds, VisitNeeds {}

const back = '/webhooks/';
const text = Type.Optional(Type.String({ maxLength: 3000 }));
const newEndpoint = Type.Object({ url: text, description: text, numbers: text });
const oneEndpoint = Type.Object({ id: Type.String({ pattern: '^[0-9a-f]{1,32}$' }), sure: text });
/** The secret before stays valid for a day, so that the receiver can change without a gap. */
const overlapSeconds = 86_400;

/** `/webhooks/`: the endpoints that get events. A secret is shown once, on the page that answers its making. */
export function webhooksPages(server: Server, needs: WebhooksPagesNeeds): void {
  server.get('/webhooks/', (request, reply) =>
    asOperator(needs, request, reply, async (visit) => {
      const found = await listWebhooks(needs, visit.actor);
      if (!found.ok) return answerRefusal(visit, found, { path: back, fields: {}, back: '/' });
      const notice = takeNotice(request, reply, visit.words.notices);
      return sendPage(reply, <WebhooksView visit={visit} endpoints={found.endpoints} notice={notice} />);
    }),
  );

  server.post('/webhooks/add/', { schema: { body: newEndpoint } }, (request, reply) =>
    asOperator(needs, request, reply, (visit) => add(needs, visit, toFields(request.body))),
  );

  server.post('/webhooks/rotate/', { schema: { body: oneEndpoint } }, (request, reply) =>
    asOperator(needs, request, reply, (visit) => rotate(needs, visit, request.body.id)),
  );

  server.post('/webhooks/delete/', { schema: { body: oneEndpoint } }, (request, reply) =>
    asOperator(needs, request, reply, async (visit) => {
      const { id, sure } = request.body;
      const form = { path: '/webhooks/delete/', fields: { id, sure: 'yes' }, back };
      const { confirmTitle, confirmText } = visit.words.webhooks;
      if (sure === undefined)
        return sendPage(reply, <ConfirmView visit={visit} form={form} title={confirmTitle} text={confirmText} />);
      return answerAct(needs.db, visit, form, 'webhook_deleted', () =>
        refusalIn(deleteWebhook(needs, visit.actor, { id })),
      );
    }),
  );
  switchPages(server, needs);
}

/** The forms that switch an endpoint on or off, and send a test event. */
function switchPages(server: Server, needs: WebhooksPagesNeeds): void {
  for (const [path, isEnabled] of [
    ['/webhooks/enable/', true],
    ['/webhooks/disable/', false],
  ] as const) {
    server.post(path, { schema: { body: oneEndpoint } }, (request, reply) =>
      asOperator(needs, request, reply, (visit) => {
        const { id } = request.body;
        return answerAct(needs.db, visit, { path, fields: { id }, back }, 'webhook_changed', () =>
          refusalIn(changeWebhook(needs, visit.actor, { id, isEnabled })),
        );
      }),
    );
  }

  server.post('/webhooks/test/', { schema: { body: oneEndpoint } }, (request, reply) =>
    asOperator(needs, request, reply, (visit) => {
      const { id } = request.body;
      return answerAct(needs.db, visit, { path: '/webhooks/test/', fields: { id }, back }, 'webhook_tested', () =>
        refusalIn(sendTestWebhook(needs, visit.actor, { id })),
      );
    }),
  );
}

/** The refusal of a result, or nothing. */
async function refusalIn(
  result: Promise<{ readonly ok: true } | ({ readonly ok: false } & WebhookRefusal)>,
): Promise<WebhookRefusal | undefined> {
  const done = await result;
  return done.ok ? undefined : done;
}

async function add(needs: WebhooksPagesNeeds, visit: Visit, fields: Record<string, string>): Promise<Reply> {
  const form = { path: '/webhooks/add/', fields, back };
  const refusal = await countAct(needs.db, visit);
  if (refusal) return answerRefusal(visit, refusal, form);
  const added = await addWebhook(needs, visit.actor, {
    url: (fields.url ?? '').trim(),
    description: fields.description ?? '',
    events: eventTypes.filter((type) => fields[type] !== undefined),
    withNumbers: fields.numbers !== undefined,
  });
  if (!added.ok) return answerRefusal(visit, added, form);
  return sendPage(visit.reply, <SecretView visit={visit} secret={added.secret} />);
}

async function rotate(needs: WebhooksPagesNeeds, visit: Visit, id: string): Promise<Reply> {
  const form = { path: '/webhooks/rotate/', fields: { id }, back };
  const refusal = await countAct(needs.db, visit);
  if (refusal) return answerRefusal(visit, refusal, form);
  const rotated = await rotateWebhookSecret(needs, visit.actor, { id, overlapSeconds });
  if (!rotated.ok) return answerRefusal(visit, rotated, form);
  return sendPage(visit.reply, <SecretView visit={visit} secret={rotated.secret} />);
}
