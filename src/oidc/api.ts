import type { FastifyError } from 'fastify';
import { toClient } from '../http/client.ts';
import { toProblem } from '../http/errors.ts';
import { generalProblems } from '../http/messages.ts';
import { sendProblemPage, wantsPage } from '../http/pages.tsx';
import { setRetryAfter } from '../http/problem.ts';
import type { Reply, Request, Server } from '../http/server.ts';
import { retryAfter } from '../limits/rate-limit.ts';
import { authorizationRequests, limitedBy } from '../limits/rules.ts';
import { cookieCredential } from '../sessions/cookie.ts';
import type { SessionNeeds } from '../sessions/store.ts';
import { findBrowserSession } from './browser-session.ts';
import { routesOf } from './library-settings.ts';
import { sendLimitPage } from './limit-pages.tsx';
import { type PageSession, withOidcRequest } from './oidc-request.ts';
import type { OidcProvider } from './open-provider.ts';
import { countAuthorization, countSignedIn, findPageSession } from './store.ts';

/** The dependencies of the endpoints. */
export interface OidcApiNeeds extends SessionNeeds {
  readonly provider: OidcProvider;
}

type Method = 'GET' | 'POST' | 'OPTIONS';

/** The endpoints that the library serves, with their methods. */
const endpoints: readonly (readonly [path: string, ...methods: Method[]])[] = [
  ['/.well-known/openid-configuration', 'GET', 'OPTIONS'],
  ['/.well-known/oauth-authorization-server', 'GET', 'OPTIONS'],
  [routesOf.jwks, 'GET', 'OPTIONS'],
  [routesOf.token, 'POST', 'OPTIONS'],
  [routesOf.userinfo, 'GET', 'POST', 'OPTIONS'],
  [routesOf.introspection, 'POST', 'OPTIONS'],
  [routesOf.revocation, 'POST', 'OPTIONS'],
];

/** The endpoints that a browser visits: they know the session of the pages. */
const visited: typeof endpoints = [
  [`${routesOf.authorization}/:uid`, 'GET'],
  [routesOf.end_session, 'GET'],
  [`${routesOf.end_session}/confirm`, 'POST'],
  [`${routesOf.end_session}/success`, 'GET'],
  [routesOf.code_verification, 'GET'],
  [`${routesOf.code_verification}/:uid`, 'GET'],
];

/** The endpoints that write a row before anybody has signed in. */
const counted: typeof endpoints = [
  [routesOf.authorization, 'GET'],
  [routesOf.pushed_authorization_request, 'POST', 'OPTIONS'],
  [routesOf.device_authorization, 'POST', 'OPTIONS'],
];

/** The page that takes the code of a device: somebody who tries codes is counted, signed in or not (RFC 8628, 5.1). */
const guessed: typeof endpoints = [[routesOf.code_verification, 'POST']];

/** The endpoints of OpenID Connect. The library reads bodies itself and writes its responses: no parser and no hook comes between. */
export function oidcApi(server: Server, needs: OidcApiNeeds): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', (_request, _body, done) => done(null));
  server.setErrorHandler((error: FastifyError, request, reply) => sendError(request, reply, error));
  const schema = { hide: true };
  for (const [url, ...method] of endpoints)
    server.route({
      url,
      method,
      schema,
      exposeHeadRoute: false,
      handler: (request, reply) => serve(request, reply, needs),
    });
  for (const [url, ...method] of visited)
    server.route({
      url,
      method,
      schema,
      exposeHeadRoute: false,
      handler: async (request, reply) => serve(request, reply, needs, await pageSessionOf(request, needs)),
    });
  for (const [url, ...method] of [...counted, ...guessed])
    server.route({
      url,
      method,
      schema,
      exposeHeadRoute: false,
      config: limitedBy(authorizationRequests),
      handler: (request, reply) => serveCounted(request, reply, needs),
    });
}

/** The live session of the pages in a browser; undefined if there is none. */
export async function pageSessionOf(request: Request, needs: SessionNeeds): Promise<PageSession | undefined> {
  const credential = cookieCredential(request);
  return credential && findPageSession(needs, credential);
}

async function serveCounted(request: Request, reply: Reply, needs: OidcApiNeeds): Promise<void> {
  const page = await pageSessionOf(request, needs);
  const wait = await count(request, needs, page);
  if (wait === 0) return serve(request, reply, needs, page);
  const seconds = retryAfter(wait);
  setRetryAfter(reply, seconds, authorizationRequests);
  if (wantsPage(request)) return void sendLimitPage(request, reply, seconds);
  await reply.code(429).send({ error: 'temporarily_unavailable', error_description: 'too many requests' });
}

/** Counts a request, unless it writes no row that would stay; the seconds to wait, or 0. */
async function count(request: Request, needs: OidcApiNeeds, page: PageSession | undefined): Promise<number> {
  if (request.method === 'OPTIONS') return 0;
  if (!page || request.routeOptions.url === routesOf.code_verification) return countAuthorization(needs.db, request.ip);
  const { accountId } = page;
  return (await findBrowserSession(needs, request, accountId)) ? 0 : countSignedIn(needs.db, accountId);
}

async function serve(request: Request, reply: Reply, needs: OidcApiNeeds, page?: PageSession): Promise<void> {
  const { handle } = await needs.provider.current();
  reply.hijack();
  useOwnAddress(request);
  for (const [name, value] of Object.entries(reply.getHeaders()))
    if (value !== undefined) reply.raw.setHeader(name, value);
  await withOidcRequest({ request, reply, client: toClient(request), page }, () => handle(request.raw, reply.raw));
}

/** The library makes URLs from these headers: they are those of the public URL, whatever a client or a proxy sends. */
export function useOwnAddress({ raw, ip, server }: Request): void {
  const { protocol, host } = new URL(server.publicUrl);
  raw.headers['x-forwarded-proto'] = protocol.slice(0, -1);
  raw.headers['x-forwarded-host'] = host;
  raw.headers['x-forwarded-for'] = ip;
}

/** An error before the library has begun: browsers get our page, and clients the form of OAuth. */
function sendError(request: Request, reply: Reply, error: FastifyError): Reply {
  const problem = toProblem(error, request);
  if (wantsPage(request)) return sendProblemPage(request, reply, problem);
  const { status } = generalProblems[problem.code];
  if (status === 503) setRetryAfter(reply, 5);
  return reply
    .code(status)
    .send({ error: status === 503 ? 'temporarily_unavailable' : status < 500 ? 'invalid_request' : 'server_error' });
}
