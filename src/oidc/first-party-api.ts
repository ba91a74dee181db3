import { IncomingMessage } from 'node:http';
import type { FastifyError } from 'fastify';
import { bodyLimit } from '../http/body.ts';
import { toClient } from '../http/client.ts';
import { toProblem } from '../http/errors.ts';
import { generalProblems } from '../http/messages.ts';
import { setRetryAfter } from '../http/problem.ts';
import { isSameOrigin } from '../http/same-origin.ts';
import type { Reply, Request, Server } from '../http/server.ts';
import { retryAfter } from '../limits/rate-limit.ts';
import {
  authorizationRequests,
  authSessionRequests,
  limitedBy,
  networkGuesses,
  testNumberGuesses,
} from '../limits/rules.ts';
import { type RequestCodeNeeds, requestCodeLimits } from '../sign-in/request-code.ts';
import { type OidcApiNeeds, useOwnAddress } from './api.ts';
import type { FoundSession } from './auth-session.ts';
import { challengePath, type Form, isOfAnother, parseForm, textOf, toChallenge } from './first-party-request.ts';
import { findAuthSession } from './first-party-session.ts';
import { routesOf } from './library-settings.ts';
import { type ChallengeStep, withOidcRequest } from './oidc-request.ts';
import { countAuthorization } from './store.ts';

/** The authorization challenge endpoint of draft-ietf-oauth-first-party-apps-04: a native app signs people in without a browser. */
export function firstPartyApi(
  server: Server,
  needs: OidcApiNeeds & Pick<RequestCodeNeeds, 'networkMessagesPerHour'>,
): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit },
    (_request, body, done) => done(null, body),
  );
  server.setErrorHandler((error: FastifyError, request, reply) => sendError(request, reply, error));
  const own = limitedBy(authorizationRequests, authSessionRequests, networkGuesses, testNumberGuesses);
  const config = { limits: [...own.limits, ...requestCodeLimits(needs).limits] };
  server.post(challengePath, { schema: { hide: true }, config }, (request, reply) => challenge(request, reply, needs));
}

async function challenge(request: Request, reply: Reply, needs: OidcApiNeeds): Promise<void> {
  reply.header('cache-control', 'no-store');
  // a page of another site could send this form by the browsers of its visitors, each with an address of its own
  if (!isSameOrigin(request)) return refuse(reply, 'invalid_request', 'a page of another site has sent this');
  const parsed = parseForm(String(request.body ?? ''));
  if ('repeated' in parsed) return refuse(reply, 'invalid_request', 'a parameter is repeated');
  const { form } = parsed;
  const id = textOf(form, 'auth_session');
  const found = id === undefined ? undefined : await findAuthSession(needs.db, id);
  const wait = found ? (found.waitSeconds ?? 0) : await countAuthorization(needs.db, request.ip);
  if (wait > 0) {
    setRetryAfter(reply, retryAfter(wait));
    return void (await reply
      .code(429)
      .send({ error: 'temporarily_unavailable', error_description: 'too many requests' }));
  }
  if (id !== undefined && !found) return refuse(reply, 'invalid_session', 'the auth_session is unknown or has expired');
  const step = stepOf(form, found);
  if (step === undefined) return refuse(reply, 'invalid_request', 'otp and resend=true need an auth_session');
  if (found && !isOwn(form, found, step))
    return refuse(reply, 'invalid_session', 'the auth_session is of another request');
  await serve(request, reply, needs, { form, found, step });
}

/** The step that a request takes; undefined if it lacks the session for it. */
function stepOf(form: Form, found: FoundSession | undefined): ChallengeStep | undefined {
  const [otp, resend] = [textOf(form, 'otp'), textOf(form, 'resend')];
  if (otp === undefined && resend === undefined)
    return found && !found.session.isFinished && textOf(form, 'login_hint') === undefined ? 'look' : 'begin';
  if (!found || (resend !== undefined && (resend !== 'true' || otp !== undefined))) return undefined;
  return resend === undefined ? 'enter' : 'resend';
}

/** Whether a request belongs to its session. A new authorisation request may differ in everything but the client. */
function isOwn(form: Form, { session }: FoundSession, step: ChallengeStep): boolean {
  const clientId = textOf(form, 'client_id') ?? session.clientId;
  if (clientId !== session.clientId) return false;
  return step === 'begin' || (!session.isFinished && !isOfAnother(form, session.request));
}

/** The library checks the request as a pushed one (RFC 9126): client, proof and parameters. `first-party-answer.ts` answers it. */
async function serve(
  request: Request,
  reply: Reply,
  needs: OidcApiNeeds,
  { form, found, step }: { form: Form; found: FoundSession | undefined; step: ChallengeStep },
): Promise<void> {
  const { handle } = await needs.provider.current();
  const known = { client_id: found?.session.clientId ?? clientIdOf(request, form) ?? '', ...form };
  const whole = toChallenge(known, step === 'begin' ? undefined : found?.session.request);
  reply.hijack();
  for (const [name, value] of Object.entries(reply.getHeaders()))
    if (value !== undefined) reply.raw.setHeader(name, value);
  useOwnAddress(request);
  const pushed = pushedRequest(request.raw, whole.authorization);
  const running = { request, reply, client: toClient(request), page: undefined, challenge: { ...whole, found, step } };
  await withOidcRequest(running, () => handle(pushed, reply.raw));
}

/** The client that authenticates itself without naming itself in the form; the library compares them. */
function clientIdOf({ headers }: Request, form: Form): string | undefined {
  const basic = /^basic ([\w+/]+=*)$/i.exec(headers.authorization ?? '')?.[1];
  if (basic !== undefined) return decoded(Buffer.from(basic, 'base64').toString().split(':', 1)[0] ?? '');
  const payload = textOf(form, 'client_assertion')?.split('.')[1];
  return payload === undefined
    ? undefined
    : /"sub":"([\w.-]+)"/.exec(Buffer.from(payload, 'base64url').toString())?.[1];
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** A request for the library, which reads the body itself. */
function pushedRequest(raw: IncomingMessage, body: string): IncomingMessage {
  const pushed = new IncomingMessage(raw.socket);
  const { 'transfer-encoding': _, ...headers } = raw.headers;
  pushed.method = 'POST';
  pushed.url = routesOf.pushed_authorization_request;
  pushed.headers = {
    ...headers,
    accept: 'application/json',
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': String(Buffer.byteLength(body)),
  };
  // complete: the end of the reading must not end the connection
  pushed.complete = true;
  pushed.push(body);
  pushed.push(null);
  return pushed;
}

async function refuse(reply: Reply, error: 'invalid_request' | 'invalid_session', reason: string): Promise<void> {
  await reply.code(400).send({ error, error_description: reason });
}

function sendError(request: Request, reply: Reply, error: FastifyError): Reply {
  const { status } = generalProblems[toProblem(error, request).code];
  if (status === 503) setRetryAfter(reply, 5);
  const code = status === 503 ? 'temporarily_unavailable' : status < 500 ? 'invalid_request' : 'server_error';
  return reply.code(status < 500 ? 400 : status).send({ error: code });
}
