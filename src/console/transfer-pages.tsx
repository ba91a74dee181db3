import Type from 'typebox';
import { refuseList } from '../audit/refuse-act.ts';
import { sendPage } from '../http/pages.tsx';
import type { Reply, Server } from '../http/server.ts';
import { parseRegionCode } from '../kit/phone-number.ts';
import { type Act, acts, roles } from '../operators/act.ts';
import { ExportStreams } from '../transfer/export-streams.ts';
import { formats } from '../transfer/formats/formats.ts';
import { importBuffer, maxImportBytes } from '../transfer/import-buffer.ts';
import type { ImportNeeds } from '../transfer/import-people.ts';
import { exportLists } from '../transfer/list.ts';
import { answerRefusal, countAct } from './act.tsx';
import { ImportedView } from './imported-view.tsx';
import { TransferView } from './transfer-view.tsx';
import { packFile, parseUploadedForm, type UploadedForm, unpackFile } from './uploaded-form.ts';
import { asOperator, findVisitor, type Visit, type VisitNeeds } from './visit.ts';

/** The dependencies of the pages of imports and exports. */
export interface TransferPagesNeeds extends ImportNeeds, VisitNeeds {}

const back = '/transfer/';
const importPath = '/transfer/import/';
const text = Type.Optional(Type.String({ maxLength: 600 }));
const exportBody = Type.Object({ list: text, format: text, days: text, reason: text });
const dayMs = 86_400_000;
/** A file of the largest size in a hidden field, and the other fields. */
const maxBodyBytes = Math.ceil((maxImportBytes * 4) / 3) + 64 * 1024;

/** `/transfer/`: import of a file, with a dry run first, and the export of a whole list as a file. */
export function transferPages(server: Server, needs: TransferPagesNeeds): void {
  server.get(back, (request, reply) =>
    asOperator(needs, request, reply, async (visit) => {
      const refusal = await refuseList(needs, visit.actor, 'import_people');
      if (refusal) return answerRefusal(visit, refusal, { path: back, fields: {}, back: '/' });
      return sendPage(reply, <TransferView visit={visit} mayExport={mayDo(visit, 'export_all')} />);
    }),
  );
  server.register(async (uploads: Server) => importRoute(uploads, needs));
  exportRoute(server, needs);
}

/** Whether the role may do an act: a hint for the page, since the use case decides. */
function mayDo({ actor }: Visit, act: Act): boolean {
  return roles.indexOf(actor.role) >= roles.indexOf(acts[act].role);
}

function importRoute(server: Server, needs: TransferPagesNeeds): void {
  server.addContentTypeParser(
    'multipart/form-data',
    { parseAs: 'buffer', bodyLimit: maxBodyBytes },
    (_request, body, done) => done(null, body),
  );
  // nobody else may make the server hold a large body
  server.addHook('onRequest', async (request, reply) =>
    (await findVisitor(needs, request)) ? undefined : reply.redirect(`${needs.base}/sign-in/`, 303),
  );
  server.post(importPath, (request, reply) =>
    asOperator(needs, request, reply, async (visit) => {
      const { body, headers } = request;
      if (Buffer.isBuffer(body))
        return upload(needs, visit, await parseUploadedForm(body, headers['content-type'] ?? ''));
      // the page after a fresh code
      return upload(needs, visit, { fields: {}, file: undefined });
    }),
  );
}

async function upload(needs: TransferPagesNeeds, visit: Visit, form: UploadedForm | undefined): Promise<Reply> {
  const { actor, reply } = visit;
  const again = { path: importPath, fields: {}, back };
  const refusal = (await refuseList(needs, actor, 'import_people')) ?? (await countAct(needs.db, visit));
  if (refusal) return answerRefusal(visit, refusal, again);
  if (!actor.hasFreshCode) return answerRefusal(visit, { code: 'fresh_code_needed' }, again);
  if (!form) return answerRefusal(visit, { code: 'file_malformed' }, again);
  const { fields } = form;
  const kept = fields.kept === undefined ? undefined : await unpackFile(fields.kept);
  const file = kept ?? form.file;
  if (!file) return sendPage(reply, <TransferView visit={visit} mayExport={mayDo(visit, 'export_all')} />);
  if (file.length > maxImportBytes) return answerRefusal(visit, { code: 'file_too_large' }, again);
  const region = (fields.region ?? '').trim() === '' ? needs.defaultRegion : parseRegionCode(fields.region ?? '');
  if (!region) return answerRefusal(visit, { code: 'region_unknown' }, again);
  const format = formats.find((name) => name === fields.format) ?? 'ndjson';
  const isTrial = kept === undefined;
  const hasEvents = fields.events === 'yes';
  const imported = await importBuffer({ ...needs, defaultRegion: region }, actor, file, {
    format,
    isTrial,
    hasEvents,
  });
  // the time limit of requests has answered a long import, which goes on; repeated, it tells what is there
  if (reply.sent) return reply;
  if (!imported.ok) return answerRefusal(visit, imported, again);
  const carried = isTrial
    ? {
        ...{ kept: await packFile(file), format, region },
        ...(hasEvents ? { events: 'yes' } : {}),
      }
    : undefined;
  return sendPage(reply, <ImportedView visit={visit} imported={imported} carried={carried} />);
}

function exportRoute(server: Server, needs: TransferPagesNeeds): void {
  const streams = new ExportStreams(needs);
  server.post('/transfer/export/', { schema: { body: exportBody } }, (request, reply) =>
    asOperator(needs, request, reply, async (visit) => {
      const { list: listText = '', format: formatText = '', days = '', reason = '' } = request.body;
      const list = exportLists.find((name) => name === listText) ?? 'users';
      const format = formatText === 'csv' ? 'csv' : 'ndjson';
      const form = { path: '/transfer/export/', fields: { list, format, days, reason }, back };
      const refusal = await countAct(needs.db, visit);
      if (refusal) return answerRefusal(visit, refusal, form);
      const now = Date.now();
      const since = new Date(Number(days) > 0 ? now - Number(days) * dayMs : 0);
      // a day ahead, for rows of clocks that are ahead
      const until = new Date(now + dayMs);
      const begun = await streams.begin(visit.actor, { list, format, since, until, reason });
      if (!begun.ok) return answerRefusal(visit, begun, form);
      return reply
        .header('content-disposition', `attachment; filename="${list}.${format}"`)
        .type(format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson')
        .send(begun.stream);
    }),
  );
}
