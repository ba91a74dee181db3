import type { FastifySchema } from 'fastify';
import Type from 'typebox';
import { sendHttpProblem } from '../http/errors.ts';
import { named, problems, ref, withToken } from '../http/schema.ts';
import type { Reply, ReplyOf, Request, RequestOf, Server } from '../http/server.ts';
import { isSessionId } from './session.ts';
import { endSessions, findSessions, type SessionNeeds, type SessionRow, type SessionSelector } from './store.ts';
import { withSession } from './with-session.ts';

const session = named(
  'Session',
  Type.Object(
    {
      id: Type.String({ format: 'uuid', description: 'For ending it' }),
      created_at: Type.String({ format: 'date-time', description: 'When the code was entered' }),
      last_used_at: Type.String({ format: 'date-time', description: 'True to fifteen minutes' }),
      expires_at: Type.String({
        format: 'date-time',
        description: 'It ends then at the latest, and earlier without use',
      }),
      device: Type.String({ description: 'Program and system, as the device named itself; may be empty' }),
      address: Type.String({ description: 'The client IP at sign-in, without its last part' }),
      current: Type.Boolean({ description: 'Whether it is the session of this request' }),
    },
    {
      description: 'A browser or an app that is signed in',
      examples: [
        {
          id: '7c1de0a2-0f6b-4b8e-9a55-2d8f4c1b6e37',
          created_at: '2026-01-01T12:00:00.000Z',
          last_used_at: '2026-01-02T08:30:00.000Z',
          expires_at: '2027-01-01T12:00:00.000Z',
          device: 'Chrome, Android',
          address: '203.0.113.x',
          current: true,
        },
      ],
    },
  ),
);
const sessionList = named('SessionList', Type.Object({ sessions: Type.Array(ref(session)) }));
const byId = Type.Object({ id: Type.String() });
const noContent = Type.Null({ description: 'Done' });
const tags = ['Sessions'];

const logout = {
  tags,
  summary: 'End this session',
  description: 'Signs out on this device: the token is worth nothing afterwards.',
  operationId: 'logout',
  ...withToken,
  response: { 204: noContent, ...problems(401) },
} satisfies FastifySchema;

const listSessions = {
  tags,
  summary: 'Where I am signed in',
  description: 'The newest hundred sessions of the account, the one that asks first.',
  operationId: 'listSessions',
  ...withToken,
  response: {
    200: ref(sessionList, 'The newest hundred, this one first'),
    ...problems(401),
  },
} satisfies FastifySchema;

const getSession = {
  tags,
  summary: 'One of my sessions',
  description: 'A session of the account by its id. A session of another person is 404.',
  operationId: 'getSession',
  ...withToken,
  params: byId,
  response: { 200: ref(session, 'The session'), ...problems(401, 404, 414) },
} satisfies FastifySchema;

const endSession = {
  tags,
  summary: 'End one of my sessions',
  description: 'Ends a session of the account by its id, also the one that asks. A session of another person is 404.',
  operationId: 'endSession',
  ...withToken,
  params: byId,
  response: { 204: noContent, ...problems(401, 404, 414) },
} satisfies FastifySchema;

const endOtherSessions = {
  tags,
  summary: 'End all my other sessions',
  description: 'Ends every session of the account but the one that asks.',
  operationId: 'endOtherSessions',
  ...withToken,
  response: { 204: noContent, ...problems(401) },
} satisfies FastifySchema;

/** The JSON routes of listing and ending sessions. */
export function sessionsApi(server: Server, needs: SessionNeeds): void {
  server.addSchema(session);
  server.addSchema(sessionList);
  server.post('/api/auth/token/logout/', { schema: logout }, (request, reply) =>
    sendEnded(needs, request, reply, { which: 'this' }),
  );
  server.get('/api/users/me/sessions', { schema: listSessions }, (request, reply) =>
    sendSessions(needs, request, reply),
  );
  server.get('/api/users/me/sessions/:id', { schema: getSession }, (request, reply) =>
    sendSession(needs, request, reply),
  );
  server.delete('/api/users/me/sessions/:id', { schema: endSession }, (request, reply) => {
    const { id } = request.params;
    return sendEnded(needs, request, reply, { which: 'one', id: isSessionId(id) ? id : NIL_UUID });
  });
  server.delete('/api/users/me/sessions', { schema: endOtherSessions }, (request, reply) =>
    sendEnded(needs, request, reply, { which: 'others' }),
  );
}

function sendSessions(needs: SessionNeeds, request: Request, reply: ReplyOf<typeof listSessions>) {
  return withSession(
    request,
    reply,
    (credential) => findSessions(needs, credential),
    (rows) => reply.send({ sessions: rows.map(toJson) }),
  );
}

function sendSession(needs: SessionNeeds, request: RequestOf<typeof getSession>, reply: ReplyOf<typeof getSession>) {
  return withSession(
    request,
    reply,
    (credential) => findSessions(needs, credential),
    (rows) => {
      const row = rows.find(({ id }) => id === request.params.id.toLowerCase());
      return row ? reply.send(toJson(row)) : sendHttpProblem(request, reply, { code: 'not_found' });
    },
  );
}

/** 204 if sessions were ended, even if there were no others; 404 if the given one does not exist. */
function sendEnded(needs: SessionNeeds, request: Request, reply: Reply, selector: SessionSelector): Promise<never> {
  return withSession(
    request,
    reply,
    (credential) => endSessions(needs, credential, selector),
    (count) =>
      selector.which === 'one' && count === 0
        ? sendHttpProblem(request, reply, { code: 'not_found' })
        : reply.code(204).send(null),
  );
}

/** The nil UUID (RFC 9562), which no session has. */
const NIL_UUID = '00000000-0000-0000-0000-000000000000';

function toJson({ createdAt, lastUsedAt, expiresAt, ...row }: SessionRow) {
  return {
    ...row,
    created_at: createdAt.toISOString(),
    last_used_at: lastUsedAt.toISOString(),
    expires_at: expiresAt.toISOString(),
  };
}
