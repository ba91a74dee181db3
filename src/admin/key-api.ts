import type { FastifySchema } from 'fastify';
import Type from 'typebox';
import { named, ref } from '../http/schema.ts';
import type { Server } from '../http/server.ts';
import { scopes } from '../operators/act.ts';
import { readRoute } from './routes-api.ts';
import { readProblems, strict } from './schema.ts';

const apiKey = named(
  'ApiKey',
  Type.Object(
    {
      id: Type.String({ description: 'The public id, which the audit trail has' }),
      scopes: Type.Array(Type.Enum([...scopes])),
    },
    { description: 'The key of the request, without its secret' },
  ),
);

const getKey = {
  tags: ['Key'],
  summary: 'The key of the request',
  description: 'The id and the scopes of the key, to check a configuration.',
  operationId: 'getKey',
  querystring: strict({}),
  response: { 200: ref(apiKey, 'The key'), ...readProblems() },
} satisfies FastifySchema;

/** The call that tells a client its key. */
export function keyApi(server: Server): void {
  server.addSchema(apiKey);
  readRoute(server, {}, '/admin/v1/key', {
    schema: getKey,
    run: async (_needs, { id, scopes }) => ({ ok: true, status: 200, body: { id, scopes } }),
  });
}
