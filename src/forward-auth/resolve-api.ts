import type { FastifySchema } from 'fastify';
import type { Reply, Request, Server } from '../http/server.ts';
import { recordOf } from '../kit/record.ts';
import type { SecretKeys } from '../kit/secret.ts';
import { cookieCredential } from '../sessions/cookie.ts';
import type { SessionNeeds } from '../sessions/store.ts';
import { findReturnAddress } from './app-url.ts';
import { parsePass, readPass } from './pass.ts';
import { findSession } from './store.ts';

/** The settings of forward auth. */
export interface ForwardAuth {
  /** The origins of the protected apps. */
  readonly returnOrigins: ReadonlySet<string>;
  /** The domain whose hosts get a pass; undefined if the apps are on our own host. */
  readonly cookieDomain: string | undefined;
  /** Whether apps learn the number. */
  readonly withNumber: boolean;
}

/** The dependencies of forward auth. */
export interface ForwardAuthNeeds extends Pick<SessionNeeds, 'db' | 'sessionLife'> {
  readonly keys: SecretKeys;
  /** The settings; by default there is no forward auth. */
  readonly forwardAuth?: ForwardAuth | undefined;
}

const hidden = { schema: { hide: true } satisfies FastifySchema };

/**
 * `GET /resolve`: who sent the request that a proxy holds back. 200 with headers for the app, or 401 with the address of the
 * sign-in; 302 instead of 401 if the proxy asks for it, since Caddy and Traefik hand the response on to the browser.
 */
export function resolveApi(server: Server, needs: ForwardAuthNeeds): void {
  const { forwardAuth: settings } = needs;
  if (!settings) return;
  server.get('/resolve', hidden, async (request, reply) => {
    const credential = credentialOf(request, needs.keys);
    const session = credential && (await findSession(needs, credential, settings.withNumber));
    if (!credential || !session) return sendToSignIn(request, reply, settings);
    if (session.phone_number !== null) reply.header('x-vouch-phone', session.phone_number);
    return reply
      .headers({ 'x-vouch-user': credential.accountId, 'x-vouch-session': session.session_id, 'x-vouch-amr': 'otp' })
      .code(200)
      .send();
  });
}

/** The session of a pass or, on our own host, of the pages. */
function credentialOf(request: Request, keys: SecretKeys) {
  const pass = readPass(request);
  return (pass === undefined ? undefined : parsePass(keys, pass)) ?? cookieCredential(request);
}

function sendToSignIn(request: Request, reply: Reply, { returnOrigins }: ForwardAuth): Reply {
  const target = findReturnAddress(request.headers, returnOrigins);
  const query = target === undefined ? '' : `?return_to=${encodeURIComponent(target)}`;
  const status = recordOf(request.query).status === '302' ? 302 : 401;
  return reply.code(status).header('location', `${request.server.publicUrl}/${query}`).send();
}
