import Type from 'typebox';
import { sendPage } from '../http/pages.tsx';
import type { Reply, Server } from '../http/server.ts';
import { changePerson, endPersonSessions, unlockNumber } from '../people/act-on-person.ts';
import { erasePerson } from '../people/erase-person.ts';
import { exportPerson } from '../people/export-person.ts';
import { type ProfileField, profileFields } from '../profile/profile.ts';
import { answerRefusal, answerThere, countAct } from './act.tsx';
import { CertificateView } from './certificate-view.tsx';
import { ConfirmView } from './confirm-view.tsx';
import type { NumberPagesNeeds } from './number-pages.tsx';
import { asOperator, type Visit } from './visit.ts';

const text = Type.Optional(Type.String({ maxLength: 600 }));
const body = Type.Object({ text, reason: text, sure: text });
const profileText = Type.Optional(Type.String({ maxLength: 2000 }));
const changeBody = Type.Object({
  text,
  reason: text,
  ...Object.fromEntries(profileFields.flatMap((field) => [field, `was_${field}`].map((name) => [name, profileText]))),
});
const back = '/';

interface Input {
  readonly text?: string;
  readonly reason?: string;
  readonly sure?: string;
}

/** The acts on a number and its person. Each asks for a reason; erasing asks whether it is meant, and for a fresh code. */
export function numberActsPages(server: Server, needs: NumberPagesNeeds): void {
  server.post('/number/unlock/', { schema: { body } }, (request, reply) =>
    asOperator(needs, request, reply, (visit) => {
      const fields = toFields(request.body);
      return answerThere(needs.db, visit, { path: '/number/unlock/', fields, back }, async () => {
        const done = await unlockNumber(needs, visit.actor, fields);
        return done.ok ? undefined : done;
      });
    }),
  );

  server.post('/number/end-sessions/', { schema: { body } }, (request, reply) =>
    asOperator(needs, request, reply, (visit) => {
      const fields = toFields(request.body);
      return answerThere(needs.db, visit, { path: '/number/end-sessions/', fields, back }, async () => {
        const done = await endPersonSessions(needs, visit.actor, fields);
        return done.ok ? undefined : done;
      });
    }),
  );

  server.post('/number/change/', { schema: { body: changeBody } }, (request, reply) =>
    asOperator(needs, request, reply, (visit) => {
      const fields = toFields(request.body);
      return answerThere(needs.db, visit, { path: '/number/change/', fields, back }, async () => {
        const changed = await changePerson(needs, visit.actor, { ...fields, changes: changesIn(request.body) });
        return changed.ok ? undefined : changed;
      });
    }),
  );

  server.post('/number/erase/', { schema: { body } }, (request, reply) =>
    asOperator(needs, request, reply, (visit) => erase(needs, visit, request.body)),
  );

  server.post('/number/export/', { schema: { body } }, (request, reply) =>
    asOperator(needs, request, reply, (visit) => download(needs, visit, request.body)),
  );
}

function toFields({ text: number = '', reason = '' }: Input): { readonly text: string; readonly reason: string } {
  return { text: number, reason };
}

/** The fields that the form has otherwise than the page showed them, so that it does not undo a change of somebody else. */
function changesIn(body: Readonly<Partial<Record<string, string>>>): Partial<Record<ProfileField, string | null>> {
  return Object.fromEntries(
    profileFields.flatMap((field) => {
      const typed = body[field];
      return typed === undefined || typed === (body[`was_${field}`] ?? '') ? [] : [[field, typed.trim() || null]];
    }),
  );
}

async function erase(needs: NumberPagesNeeds, visit: Visit, input: Input): Promise<Reply> {
  const { words, reply } = visit;
  const fields = toFields(input);
  const form = { path: '/number/erase/', fields: { ...fields, sure: 'yes' }, back };
  if (input.sure === undefined) {
    const { eraseTitle, eraseText } = words.number;
    return sendPage(reply, <ConfirmView visit={visit} form={form} title={eraseTitle} text={eraseText} />);
  }
  const refusal = await countAct(needs.db, visit);
  if (refusal) return answerRefusal(visit, refusal, form);
  const erased = await erasePerson(needs, visit.actor, fields);
  return erased.ok
    ? sendPage(reply, <CertificateView visit={visit} certificate={erased.certificate} />)
    : answerRefusal(visit, erased, form);
}

/** Sends the data of a person as a file, which the operator hands to them. */
async function download(needs: NumberPagesNeeds, visit: Visit, input: Input): Promise<Reply> {
  const fields = toFields(input);
  const form = { path: '/number/export/', fields, back };
  const refusal = await countAct(needs.db, visit);
  if (refusal) return answerRefusal(visit, refusal, form);
  const exported = await exportPerson(needs, visit.actor, fields);
  if (!exported.ok) return answerRefusal(visit, exported, form);
  const { data } = exported;
  return visit.reply
    .header('content-disposition', `attachment; filename="person-${data.profile.id}.json"`)
    .type('application/json; charset=utf-8')
    .send(JSON.stringify(data, undefined, 2));
}
