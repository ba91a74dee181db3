import Type from 'typebox';
import { sendFailure } from '../http/faults.ts';
import { problems, withToken } from '../http/schema.ts';
import type { Reply, Request, Server } from '../http/server.ts';
import { withSession } from './require-session.ts';
import { isSessionId } from './session.ts';
import { type Ending, endSessions, type SessionNeeds, type SessionRow, sessionsOf } from './store.ts';

const session = Type.Object({
  id: Type.String({ format: 'uuid' }),
  created_at: Type.String({ format: 'date-time' }),
  last_used_at: Type.String({ format: 'date-time', description: 'True to the minute' }),
  expires_at: Type.String({ format: 'date-time' }),
  device: Type.String({ description: 'As it named itself; may be empty' }),
  address: Type.String({ description: 'Masked' }),
  current: Type.Boolean(),
});
const byId = Type.Object({ id: Type.String({ maxLength: 100 }) });
const gone = Type.Null({ description: 'Done' });
const tags = ['Sessions'];

/** The JSON door to where one is signed in, and to ending it. */
export function sessionsApi(server: Server, needs: SessionNeeds): void {
  server.post(
    '/api/auth/token/logout/',
    {
      schema: {
        tags,
        summary: 'End this session',
        operationId: 'logout',
        ...withToken,
        response: { 204: gone, ...problems(401) },
      },
    },
    (request, reply) => answerEnded(needs, request, reply, { which: 'this' }),
  );

  server.get(
    '/api/users/me/sessions',
    {
      schema: {
        tags,
        summary: 'Where I am signed in',
        operationId: 'listSessions',
        ...withToken,
        response: {
          200: Type.Object({ sessions: Type.Array(session) }, { description: 'This one first' }),
          ...problems(401),
        },
      },
    },
    (request, reply) =>
      withSession(
        request,
        reply,
        (credential) => sessionsOf(needs, credential),
        (rows) => reply.send({ sessions: rows.map(told) }),
      ),
  );

  server.get(
    '/api/users/me/sessions/:id',
    {
      schema: {
        tags,
        summary: 'One of my sessions',
        operationId: 'getSession',
        ...withToken,
        params: byId,
        response: { 200: session, ...problems(401, 404, 414) },
      },
    },
    (request, reply) =>
      withSession(
        request,
        reply,
        (credential) => sessionsOf(needs, credential),
        (rows) => {
          const row = rows.find(({ id }) => id === request.params.id.toLowerCase());
          return row ? reply.send(told(row)) : sendFailure(request, reply, { code: 'not_found' });
        },
      ),
  );

  server.delete(
    '/api/users/me/sessions/:id',
    {
      schema: {
        tags,
        summary: 'End one of my sessions',
        operationId: 'endSession',
        ...withToken,
        params: byId,
        response: { 204: gone, ...problems(401, 404, 414) },
      },
    },
    (request, reply) =>
      answerEnded(needs, request, reply, {
        which: 'one',
        id: isSessionId(request.params.id) ? request.params.id : nobody,
      }),
  );

  server.delete(
    '/api/users/me/sessions',
    {
      schema: {
        tags,
        summary: 'End all my other sessions',
        operationId: 'endOtherSessions',
        ...withToken,
        response: { 204: gone, ...problems(401) },
      },
    },
    (request, reply) => answerEnded(needs, request, reply, { which: 'others' }),
  );
}

/** 204 where sessions were ended, also if there were no others; 404 where the one that was named is not there. */
function answerEnded(needs: SessionNeeds, request: Request, reply: Reply, ending: Ending): Promise<never> {
  return withSession(
    request,
    reply,
    (credential) => endSessions(needs, credential, ending),
    (ended) =>
      ending.which === 'one' && ended === 0
        ? sendFailure(request, reply, { code: 'not_found' })
        : reply.code(204).send(null),
  );
}

/** The nil UUID (RFC 9562), which no session has. */
const nobody = '00000000-0000-0000-0000-000000000000';

function told(row: SessionRow) {
  return {
    ...row,
    created_at: row.created_at.toISOString(),
    last_used_at: row.last_used_at.toISOString(),
    expires_at: row.expires_at.toISOString(),
  };
}
