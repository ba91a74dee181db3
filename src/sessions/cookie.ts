import { ownCookie } from '../http/cookies.ts';
import type { Request } from '../http/server.ts';
import { type Credential, readToken } from './session.ts';

/** The token of the pages. The browser keeps it as long as it may (400 days); how long the session lives we decide. */
export const sessionCookie = ownCookie('session', 400 * 86_400);

/** The credential in the cookie, or undefined. */
export function cookieCredential(request: Request): Credential | undefined {
  const token = sessionCookie.read(request);
  return token === undefined ? undefined : readToken(token);
}
