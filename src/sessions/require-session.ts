import { clientOf } from '../http/client.ts';
import { sendUnauthenticated, tokenIn } from '../http/credential.ts';
import type { Reply, Request } from '../http/server.ts';
import { type Caller, readToken } from './session.ts';

/**
 * Answers, and resolves when it has, by what `act` makes of the credential in `Authorization`; 401 where there is none,
 * or where `act` finds no live session and returns undefined. Whether a session lives is judged within the statement of
 * the use case, so that it costs no round trip of its own.
 */
export async function withSession<Result>(
  request: Request,
  reply: Reply,
  act: (credential: Caller) => Promise<Result | undefined>,
  answer: (result: Result) => unknown,
): Promise<never> {
  const credential = credentialIn(request);
  const result = credential && (await act(credential));
  // what a handler returns is the reply that has been sent, which Fastify's types know only as nothing
  return (result === undefined ? sendUnauthenticated(request, reply) : answer(result)) as never;
}

/** The credential in `Authorization`; undefined where there is none of the right form: then nothing is looked up. */
export function credentialIn(request: Request): Caller | undefined {
  const token = tokenIn(request);
  const credential = token === undefined ? undefined : readToken(token);
  return credential && { ...credential, client: clientOf(request) };
}
