import Type from 'typebox';
import { refuseList } from '../audit/refuse-act.ts';
import { appLogoUrl } from '../brand/app-logo.ts';
import { maxLogoLength } from '../brand/logo.ts';
import type { FileClient } from '../config/clients-file.ts';
import { takeNotice } from '../http/notice.ts';
import { sendPage } from '../http/pages.tsx';
import type { Reply, Server } from '../http/server.ts';
import { fill } from '../kit/text.ts';
import { clientKinds, describeClient } from '../oidc/client-kind.ts';
import {
  addClient,
  type ClientActNeeds,
  defaultOverlapSeconds,
  listClients,
  removeClient,
  rotateClient,
} from '../oidc/manage-clients.ts';
import { answerAct, answerRefusal, countAct } from './act.tsx';
import type { ClientFields } from './client-form.tsx';
import { ClientsView, IssuedSecretView } from './clients-view.tsx';
import { ConfirmView } from './confirm-view.tsx';
import { parseUploadedForm } from './uploaded-form.ts';
import { asOperator, findVisitor, type Visit, type VisitNeeds } from './visit.ts';

/** The dependencies of the pages of apps. */
export interface ClientsPagesNeeds extends VisitNeeds {
  /** The apps of the configuration, if the instance signs people in to apps. */
  readonly oidc?: { readonly clients: ReadonlyMap<string, FileClient> } | undefined;
}

const back = '/clients/';
const addPath = '/clients/add/';
const oneClient = Type.Object({
  id: Type.String({ maxLength: 64 }),
  sure: Type.Optional(Type.String({ maxLength: 10 })),
});
/** A form with a logo, and its other fields. */
const maxBodyBytes = maxLogoLength + 64 * 1024;

/** `/clients/`: the apps that sign people in. A secret is shown once, on the page that answers its making. */
export function clientsPages(server: Server, needs: ClientsPagesNeeds): void {
  const acting = { ...needs, configured: needs.oidc?.clients };
  server.get(back, (request, reply) => asOperator(needs, request, reply, (visit) => showClients(needs, visit)));
  server.register(async (uploads: Server) => addRoute(uploads, needs));

  server.post('/clients/rotate/', { schema: { body: oneClient } }, (request, reply) =>
    asOperator(needs, request, reply, async (visit) => {
      const { id } = request.body;
      const form = { path: '/clients/rotate/', fields: { id }, back };
      const refusal = await countAct(needs.db, visit);
      if (refusal) return answerRefusal(visit, refusal, form);
      const made = await rotateClient(acting, visit.actor, { id, overlapSeconds: defaultOverlapSeconds });
      if (!made.ok) return answerRefusal(visit, made, form);
      return sendPage(reply, <IssuedSecretView visit={visit} id={id} secret={made.secret} isRotated />);
    }),
  );

  server.post('/clients/remove/', { schema: { body: oneClient } }, (request, reply) =>
    asOperator(needs, request, reply, async (visit) => {
      const { id, sure } = request.body;
      const form = { path: '/clients/remove/', fields: { id, sure: 'yes' }, back };
      const { confirmTitle, confirmText } = visit.words.clients;
      if (sure === undefined) {
        const text = fill(confirmText, { id });
        return sendPage(
          reply,
          <ConfirmView visit={visit} form={form} title={confirmTitle} text={text} section="clients" />,
        );
      }
      return answerAct(needs.db, visit, form, 'client_removed', async () => {
        const removed = await removeClient(acting, visit.actor, { id });
        return removed.ok ? undefined : removed;
      });
    }),
  );
}

/** The list, with the form of a new app, which keeps what was typed if it was refused. */
async function showClients(
  needs: ClientsPagesNeeds,
  visit: Visit,
  wrong?: { readonly fields: ClientFields; readonly member: string },
): Promise<Reply> {
  const acting: ClientActNeeds = { ...needs, configured: needs.oidc?.clients };
  const found = await listClients(acting, visit.actor);
  if (!found.ok) return answerRefusal(visit, found, { path: back, fields: {}, back: '/' });
  const notice = takeNotice(visit.request, visit.reply, visit.words.notices);
  return sendPage(
    visit.reply,
    <ClientsView visit={visit} clients={found.clients} notice={notice} isOff={!needs.oidc} wrong={wrong} />,
    wrong ? 400 : 200,
  );
}

function addRoute(server: Server, needs: ClientsPagesNeeds): void {
  server.addContentTypeParser(
    'multipart/form-data',
    { parseAs: 'buffer', bodyLimit: maxBodyBytes },
    (_request, body, done) => done(null, body),
  );
  // nobody else may make the server hold a large body
  server.addHook('onRequest', async (request, reply) =>
    (await findVisitor(needs, request)) ? undefined : reply.redirect(`${needs.base}/sign-in/`, 303),
  );
  server.post(addPath, (request, reply) =>
    asOperator(needs, request, reply, async (visit) => {
      const { body, headers } = request;
      const uploaded = Buffer.isBuffer(body) && (await parseUploadedForm(body, headers['content-type'] ?? ''));
      // without a file this is the page after a fresh code
      if (!uploaded) return showForm(needs, visit);
      return add(needs, visit, uploaded.fields, uploaded.file);
    }),
  );
}

async function showForm(needs: ClientsPagesNeeds, visit: Visit): Promise<Reply> {
  const refusal = await refuseList(needs, visit.actor, 'manage_clients');
  if (refusal) return answerRefusal(visit, refusal, { path: back, fields: {}, back });
  return showClients(needs, visit);
}

async function add(
  needs: ClientsPagesNeeds,
  visit: Visit,
  fields: ClientFields,
  logo: Buffer | undefined,
): Promise<Reply> {
  const again = { path: addPath, fields: {}, back };
  const refusal = await countAct(needs.db, visit);
  if (refusal) return answerRefusal(visit, refusal, again);
  const kind = clientKinds.find((name) => name === fields.kind) ?? 'web';
  const description = describeClient(kind, {
    client_id: (fields.client_id ?? '').trim(),
    client_name: filled(fields.client_name),
    redirect_uris: listed(fields.redirect_uris),
    post_logout_redirect_uris: listed(fields.post_logout_redirect_uris),
    backchannel_logout_uri: filled(fields.backchannel_logout_uri),
    color: filled(fields.color),
    logo_uri: logo && appLogoUrl(logo),
    first_party: fields.first_party === 'yes',
  });
  const added = await addClient({ ...needs, configured: needs.oidc?.clients }, visit.actor, description);
  if (!added.ok && added.code === 'client_invalid') return showClients(needs, visit, { fields, member: added.member });
  if (!added.ok) return answerRefusal(visit, added, again);
  if (added.secret === undefined) return answerAct(needs.db, visit, again, 'client_added', async () => undefined);
  return sendPage(visit.reply, <IssuedSecretView visit={visit} id={added.id} secret={added.secret} />);
}

function filled(text: string | undefined): string | undefined {
  return text?.trim() || undefined;
}

function listed(text: string | undefined): readonly string[] | undefined {
  const lines = (text ?? '').split(/\s+/).filter(Boolean);
  return lines.length > 0 ? lines : undefined;
}
