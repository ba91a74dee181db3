import Type from 'typebox';
import { keyDefaults } from '../api-keys/api-key.ts';
import { addKey, listKeys, revokeKey, rotateKey } from '../api-keys/manage-keys.ts';
import { takeNotice } from '../http/notice.ts';
import { sendPage } from '../http/pages.tsx';
import type { Reply, Server } from '../http/server.ts';
import { scopes } from '../operators/act.ts';
import { answerAct, answerRefusal, countAct } from './act.tsx';
import { ConfirmView } from './confirm-view.tsx';
import { IssuedKeyView, KeysView } from './keys-view.tsx';
import { asOperator, type Visit, type VisitNeeds } from './visit.ts';

const back = '/keys/';
const text = Type.Optional(Type.String({ maxLength: 4000 }));
const newKey = Type.Object({ name: text, networks: text, days: text });
const oneKey = Type.Object({ id: Type.String({ pattern: '^[0-9a-f]{16}$' }), sure: text });

/** `/keys/`: the keys of the management API. The text of a key is shown once, on the page that answers its making. */
export function keysPages(server: Server, needs: VisitNeeds): void {
  server.get('/keys/', (request, reply) => asOperator(needs, request, reply, (visit) => showKeys(needs, visit)));

  server.post('/keys/add/', { schema: { body: newKey } }, (request, reply) =>
    asOperator(needs, request, reply, (visit) => makeKey(needs, visit, toFields(request.body))),
  );

  server.post('/keys/rotate/', { schema: { body: oneKey } }, (request, reply) =>
    asOperator(needs, request, reply, (visit) => replaceKey(needs, visit, request.body.id)),
  );

  server.post('/keys/revoke/', { schema: { body: oneKey } }, (request, reply) =>
    asOperator(needs, request, reply, async (visit) => {
      const { id, sure } = request.body;
      const form = { path: '/keys/revoke/', fields: { id, sure: 'yes' }, back };
      const { confirmTitle, confirmText } = visit.words.keys;
      if (sure === undefined)
        return sendPage(reply, <ConfirmView visit={visit} form={form} title={confirmTitle} text={confirmText} />);
      return answerAct(needs.db, visit, form, 'key_revoked', async () => {
        const revoked = await revokeKey(needs, visit.actor, { id });
        return revoked.ok ? undefined : revoked;
      });
    }),
  );
}

async function showKeys(needs: VisitNeeds, visit: Visit): Promise<Reply> {
  const found = await listKeys(needs, visit.actor);
  if (!found.ok) return answerRefusal(visit, found, { path: back, fields: {}, back: '/' });
  const notice = takeNotice(visit.request, visit.reply, visit.words.notices);
  return sendPage(visit.reply, <KeysView visit={visit} keys={found.keys} notice={notice} />);
}

/** The fields of a form as texts, of which a repeated one counts once. */
export function toFields(body: object): Record<string, string> {
  return Object.fromEntries(Object.entries(body).map(([name, value]) => [name, String([value].flat().at(-1))]));
}

async function makeKey(needs: VisitNeeds, visit: Visit, fields: Record<string, string>): Promise<Reply> {
  const form = { path: '/keys/add/', fields, back };
  const refusal = await countAct(needs.db, visit);
  if (refusal) return answerRefusal(visit, refusal, form);
  const made = await addKey(needs, visit.actor, {
    name: fields.name ?? '',
    scopes: scopes.filter((scope) => fields[scope] !== undefined),
    networks: (fields.networks ?? '').split(/[\s,]+/).filter(Boolean),
    lifetimeDays: Number(fields.days || keyDefaults.lifetimeDays),
    requestsPerMinute: keyDefaults.requestsPerMinute,
  });
  return made.ok
    ? sendPage(visit.reply, <IssuedKeyView visit={visit} issued={made} />)
    : answerRefusal(visit, made, form);
}

async function replaceKey(needs: VisitNeeds, visit: Visit, id: string): Promise<Reply> {
  const form = { path: '/keys/rotate/', fields: { id }, back };
  const refusal = await countAct(needs.db, visit);
  if (refusal) return answerRefusal(visit, refusal, form);
  const made = await rotateKey(needs, visit.actor, { id, overlapSeconds: keyDefaults.overlapSeconds });
  return made.ok
    ? sendPage(visit.reply, <IssuedKeyView visit={visit} issued={made} />)
    : answerRefusal(visit, made, form);
}
