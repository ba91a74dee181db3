import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import type { FastifySchema } from 'fastify';
import Type from 'typebox';
import { keyLimitName } from '../api-keys/find-key-actor.ts';
import { sendHttpProblem } from '../http/errors.ts';
import type { Server } from '../http/server.ts';
import { type ExportInput, type ExportNeeds, exportList } from '../transfer/export-list.ts';
import { exportLists } from '../transfer/export-store.ts';
import { actorOf } from './authenticate.ts';
import { refuse } from './respond.ts';
import { missingScope } from './result.ts';
import { mount, typed } from './routes-api.ts';
import { parseInstant, readProblems, strict, time } from './schema.ts';

const exportRows = {
  tags: ['Imports and exports'],
  summary: 'Export a list',
  description:
    'All rows as they are at this moment, numbers in clear, one after another. The audit trail has it before the first ' +
    'row. A response that breaks off is not whole. One export runs at a time on each process: 503 with `Retry-After`.',
  operationId: 'exportList',
  params: Type.Object({ list: Type.Enum([...exportLists]) }),
  querystring: strict({
    format: Type.Optional(Type.Enum(['ndjson', 'csv'])),
    since: Type.Optional(time('Of messages and of the audit trail: rows from then on')),
    until: Type.Optional(time('Rows before then')),
  }),
  response: {
    200: Type.Unsafe({
      description: 'A row a line',
      content: { 'application/x-ndjson': { schema: { type: 'string' } }, 'text/csv': { schema: { type: 'string' } } },
    }),
    ...readProblems(404),
  },
} satisfies FastifySchema;

const dayMs = 86_400_000;

/** The calls that take rows out. */
export function exportsApi(server: Server, needs: ExportNeeds): void {
  let isRunning = false;
  const config = { limits: [keyLimitName], act: 'export_all' } as const;
  mount(
    server,
    { method: 'GET', url: '/admin/v1/exports/:list', schema: exportRows, config, exposeHeadRoute: false },
    async (request, reply) => {
      const { params, query } = typed<typeof exportRows>(request);
      const { list } = params;
      const { format = 'ndjson', since: from, until: to } = query;
      const since = from === undefined ? new Date(0) : parseInstant(from);
      // a day ahead, for rows of clocks that are ahead
      const until = to === undefined ? new Date(Date.now() + dayMs) : parseInstant(to);
      if (!since || !until)
        return refuse(request, reply, { ok: false, code: 'time_malformed', field: since ? 'until' : 'since' });
      if (isRunning) return sendHttpProblem(request, reply, { code: 'overloaded' });
      isRunning = true;
      const begun = await begin(
        (write) => exportList(needs, actorOf(request), { list, format, since, until, write }),
        () => {
          isRunning = false;
        },
      );
      if (begun.refusal) return refuse(request, reply, missingScope(begun.refusal));
      return reply.type(format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson').send(begun.stream);
    },
  );
}

type Exported = Awaited<ReturnType<typeof exportList>>;

/** Begins an export into a stream: resolves with the first piece, or with the refusal. */
async function begin(run: (write: ExportInput['write']) => Promise<Exported>, onEnd: () => void) {
  const stream = new PassThrough();
  const left = new AbortController();
  stream.once('close', () => left.abort());
  // an export that fails before its first piece has nobody else who listens
  stream.on('error', () => {});
  let first = () => {};
  const hasBegun = new Promise<undefined>((resolve) => {
    first = () => resolve(undefined);
  });
  const exported = run(async (text) => {
    first();
    left.signal.throwIfAborted();
    if (!stream.write(text)) await once(stream, 'drain', { signal: left.signal });
  });
  exported
    .then(
      () => stream.end(),
      (error) => stream.destroy(error),
    )
    .finally(onEnd);
  const result = await Promise.race([exported, hasBegun]);
  return { stream, refusal: result && !result.ok ? result.refusal : undefined };
}
