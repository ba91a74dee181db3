import type { Reply, Request, Server } from '../http/server.ts';
import { recordOf } from '../kit/record.ts';
import { cookieCredential, sessionCookie } from '../sessions/cookie.ts';
import { returnPath } from '../sign-in/return-pages.tsx';
import { rememberReturn } from '../sign-in/return-to.ts';
import { parseAppUrl } from './app-url.ts';
import { formatPass, writePass } from './pass.ts';
import type { ForwardAuthNeeds } from './resolve-api.ts';
import { findSession } from './store.ts';

/**
 * Lets the first page take `return_to`, the URL of an allowed app, at which the sign-in ends. A browser that is signed in
 * goes on at once. Any other value is ignored, so that no redirect is open. Returns the function that gives a browser
 * which leaves for an app the pass of its session; undefined without forward auth.
 */
export function acceptReturns(
  pages: Server,
  needs: ForwardAuthNeeds,
): ((request: Request, reply: Reply) => void) | undefined {
  const { forwardAuth: settings, keys } = needs;
  if (!settings) return undefined;
  pages.addHook('preHandler', async (request, reply) => {
    if (request.routeOptions.url !== '/' || request.method !== 'GET') return undefined;
    const { return_to: text } = recordOf(request.query);
    const target = typeof text === 'string' ? parseAppUrl(text, settings.returnOrigins) : undefined;
    if (target === undefined) return undefined;
    rememberReturn(reply, keys, { target, name: new URL(target).host });
    return reply.redirect((await isSignedIn(request, reply, needs)) ? returnPath : '/', 303);
  });
  return (request, reply) => {
    const credential = cookieCredential(request);
    const { cookieDomain } = settings;
    if (credential && cookieDomain !== undefined) writePass(reply, cookieDomain, formatPass(keys, credential));
  };
}

/** Whether the browser has a live session; the cookie of an ended one is deleted, or it would go to and fro forever. */
async function isSignedIn(request: Request, reply: Reply, needs: ForwardAuthNeeds): Promise<boolean> {
  const credential = cookieCredential(request);
  if (!credential) return false;
  if (await findSession(needs, credential, false)) return true;
  sessionCookie.clear(reply);
  return false;
}
