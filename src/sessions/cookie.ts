import { toClient } from '../http/client.ts';
import { ownCookie } from '../http/cookies.ts';
import type { Reply, Request } from '../http/server.ts';
import { type Caller, parseToken } from './session.ts';

/** The token of the pages. The browser keeps it as long as it may (400 days); how long the session lives we decide. */
export const sessionCookie = ownCookie('session', 400 * 86_400);

/** Left by a form that needs a fresh sign-in, for the page that follows it: the browser is to go on with erasing. */
export const eraseNextCookie = ownCookie('erase', 600);

/** The credential in the cookie, or undefined. */
export function cookieCredential(request: Request): Caller | undefined {
  const token = sessionCookie.read(request);
  const credential = token === undefined ? undefined : parseToken(token);
  return credential && { ...credential, client: toClient(request) };
}

/**
 * Ends what this browser keeps of a session (ASVS 14.3.1). `"cookies"` is not among it: that would take the cookie of the
 * trusted device too, and those of every other host of the domain.
 */
export function forgetSession(reply: Reply): void {
  sessionCookie.clear(reply);
  reply.header('clear-site-data', '"cache", "storage"');
}
