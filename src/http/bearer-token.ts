import { textsOf } from '../texts/texts.ts';
import { languageOf } from './language.ts';
import { generalProblems } from './messages.ts';
import { sendProblem } from './problem.ts';
import type { Reply, Request } from './server.ts';

/** The token in `Authorization: Token …` or `Bearer …` (RFC 6750: never in the query), or undefined. */
export function bearerToken(request: Request): string | undefined {
  return /^(?:token|bearer) +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
}

/** Sends 401 with the challenge of RFC 6750, with an error only if credentials were sent. */
export function sendUnauthenticated(request: Request, reply: Reply): Reply {
  const hasCredentials = request.headers.authorization !== undefined;
  reply.header('www-authenticate', hasCredentials ? 'Bearer realm="api", error="invalid_token"' : 'Bearer realm="api"');
  return sendProblem(request, reply, {
    code: 'unauthenticated',
    kind: generalProblems.unauthenticated,
    detail: textsOf('credentials')[languageOf(request)][hasCredentials ? 'invalid' : 'missing'],
  });
}
