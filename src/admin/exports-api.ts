import type { FastifySchema } from 'fastify';
import Type from 'typebox';
import { keyLimitName } from '../api-keys/find-key-actor.ts';
import { sendHttpProblem } from '../http/errors.ts';
import type { Server } from '../http/server.ts';
import type { ExportNeeds } from '../transfer/export-list.ts';
import { ExportStreams } from '../transfer/export-streams.ts';
import { exportLists } from '../transfer/list.ts';
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
  const streams = new ExportStreams(needs);
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
      const begun = await streams.begin(actorOf(request), { list, format, since, until });
      if (!begun.ok)
        return begun.code === 'export_running'
          ? sendHttpProblem(request, reply, { code: 'overloaded' })
          : refuse(request, reply, missingScope(begun));
      return reply.type(format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson').send(begun.stream);
    },
  );
}
