import Type from 'typebox';
import { takeNotice } from '../http/notice.ts';
import { sendPage } from '../http/pages.tsx';
import { explainRefusal } from '../http/refusal.ts';
import type { Reply, Server } from '../http/server.ts';
import { maskPhoneNumber, parsePhoneNumber, type RegionCode } from '../kit/phone-number.ts';
import { type Role, roles } from '../operators/act.ts';
import { signInRefusals } from '../sign-in/messages.ts';
import { addOperator, changeRole, listOperators, removeOperator } from '../team/operators.ts';
import { answerAct, answerRefusal } from './act.tsx';
import { OperatorsView, RemoveView } from './operators-view.tsx';
import { asOperator, type Visit, type VisitNeeds } from './visit.ts';

/** The dependencies of the pages of operators. */
export interface OperatorsPagesNeeds extends VisitNeeds {
  readonly defaultRegion: RegionCode;
}

const role = Type.Union(roles.map((name) => Type.Literal(name)));
const account = Type.String({ pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' });
const bodies = {
  add: Type.Object({ phone_number: Type.String({ maxLength: 40 }), role }),
  change: Type.Object({ account, role }),
  remove: Type.Object({ account, sure: Type.Optional(Type.String()) }),
};
const back = '/operators/';

/** `/operators/`: who may use the console; owners add, change and remove operators here. */
export function operatorsPages(server: Server, needs: OperatorsPagesNeeds): void {
  server.get('/operators/', (request, reply) =>
    asOperator(needs, request, reply, (visit) => showOperators(needs, visit)),
  );

  server.post('/operators/add/', { schema: { body: bodies.add } }, (request, reply) =>
    asOperator(needs, request, reply, (visit) => add(needs, visit, request.body)),
  );

  server.post('/operators/role/', { schema: { body: bodies.change } }, (request, reply) =>
    asOperator(needs, request, reply, (visit) => {
      const { account: accountId, role: newRole } = request.body;
      const form = { path: '/operators/role/', fields: { account: accountId, role: newRole }, back };
      return answerAct(needs.db, visit, form, 'operator_changed', () =>
        changeRole(needs, visit.actor, { accountId, role: newRole }),
      );
    }),
  );

  server.post('/operators/remove/', { schema: { body: bodies.remove } }, (request, reply) =>
    asOperator(needs, request, reply, (visit) => remove(needs, visit, request.body)),
  );
}

async function showOperators(
  needs: OperatorsPagesNeeds,
  visit: Visit,
  shown: { readonly typed?: string; readonly error?: string } = {},
  status = 200,
): Promise<Reply> {
  const found = await listOperators(needs, visit.actor);
  if ('code' in found) return answerRefusal(visit, found, { path: back, fields: {}, back: '/' });
  const notice = takeNotice(visit.request, visit.reply, visit.words.notices);
  return sendPage(visit.reply, <OperatorsView visit={visit} operators={found} notice={notice} {...shown} />, status);
}

async function add(
  needs: OperatorsPagesNeeds,
  visit: Visit,
  { phone_number: typed, role: newRole }: { readonly phone_number: string; readonly role: Role },
): Promise<Reply> {
  const number = parsePhoneNumber(typed, {
    region: undefined,
    defaultRegion: needs.defaultRegion,
    policy: 'possible',
  });
  if (!number.ok) {
    const { sentence, status } = explainRefusal(visit.request, visit.reply, signInRefusals, number);
    return showOperators(needs, visit, { typed, error: sentence }, status);
  }
  const form = { path: '/operators/add/', fields: { phone_number: number.phoneNumber, role: newRole }, back };
  return answerAct(needs.db, visit, form, 'operator_added', () =>
    addOperator(needs, visit.actor, { phoneNumber: number.phoneNumber, role: newRole }),
  );
}

/** Removes an operator, after a page that asks whether that is meant. */
async function remove(
  needs: OperatorsPagesNeeds,
  visit: Visit,
  { account: accountId, sure }: { readonly account: string; readonly sure?: string },
): Promise<Reply> {
  const form = { path: '/operators/remove/', fields: { account: accountId, sure: 'yes' }, back };
  if (sure !== undefined)
    return answerAct(needs.db, visit, form, 'operator_removed', () =>
      removeOperator(needs, visit.actor, { accountId }),
    );
  const found = await listOperators(needs, visit.actor);
  if ('code' in found) return answerRefusal(visit, found, form);
  const operator = found.find((row) => row.account_id === accountId);
  if (!operator) return answerRefusal(visit, { code: 'not_operator' }, form);
  return sendPage(
    visit.reply,
    <RemoveView visit={visit} form={form} number={maskPhoneNumber(operator.phone_number)} />,
  );
}
