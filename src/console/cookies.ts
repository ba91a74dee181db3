import { ownCookie } from '../http/cookies.ts';
import type { Reply, Request } from '../http/server.ts';
import type { NumberNeeds } from '../sign-in/parse-number.ts';
import { formatPending, type PendingSignIn, parsePending } from '../sign-in/pending-sign-in.ts';

const sessionSeconds = 8 * 3600;

/**
 * The session of an operator. Strict: no page of another site can make a browser search in the console. `__Host-` asks for
 * the path `/` (RFC 6265bis), and no public page reads this name.
 */
export const operatorCookie = ownCookie('console', sessionSeconds, 'strict');

const pending = ownCookie('console-pending', 1200, 'strict');

/** The sign-in at the console between its two pages. */
export const pendingOperator = {
  read: (request: Request, needs: NumberNeeds): PendingSignIn | undefined => parsePending(pending.read(request), needs),
  write: (reply: Reply, signIn: PendingSignIn): void => pending.write(reply, formatPending(signIn)),
  clear: pending.clear,
};
