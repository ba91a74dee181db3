// A server with a session of its own over the token of a mobile or browser app: npm start
import { createSessions, fastifySession } from '@vouch/server';
import fastify from 'fastify';

const { VOUCH_URL = 'http://127.0.0.1:8000', SESSION_SECRET = '', PORT = '3000' } = process.env;
const session = fastifySession(
  createSessions({ secrets: [SESSION_SECRET], secure: process.env.NODE_ENV === 'production' }),
);
const app = fastify();

/** The app hands over its token once; the browser has a cookie from then on. */
app.post('/session', async (request, reply) => {
  const headers = { authorization: request.headers.authorization ?? '' };
  const answer = await fetch(`${VOUCH_URL}/api/users/me`, { headers, signal: AbortSignal.timeout(5000) });
  if (answer.status === 401) return reply.code(401).send();
  if (!answer.ok) return reply.code(503).header('retry-after', '5').send();
  const { id } = await answer.json();
  await session.write(reply, { sub: id });
  return reply.code(204).send();
});

app.get('/me', async (request, reply) => (await session.read(request)) ?? reply.code(401).send());

app.delete('/session', async (_request, reply) => {
  session.clear(reply);
  return reply.code(204).send();
});

process.stdout.write(`${await app.listen({ host: '127.0.0.1', port: Number(PORT) })}\n`);
