import { bearerToken, sendUnauthenticated } from '../http/bearer-token.ts';
import { toClient } from '../http/client.ts';
import type { Reply, Request } from '../http/server.ts';
import { legacyCredential } from './legacy-token.ts';
import { type Caller, parseToken } from './session.ts';

/**
 * Answers with the result of `run` for the credential in `Authorization`, and resolves then; 401 without a credential,
 * or if `run` finds no live session and returns undefined. The statement of the use case checks the session, so that
 * the check costs no round trip of its own.
 */
export async function withSession<Result>(
  request: Request,
  reply: Reply,
  run: (credential: Caller) => Promise<Result | undefined>,
  respond: (result: Result) => unknown,
): Promise<never> {
  const credential = bearerCredential(request);
  const result = credential && (await run(credential));
  // a handler returns the reply that has been sent, which Fastify's types cannot express
  return (result === undefined ? sendUnauthenticated(request, reply) : respond(result)) as never;
}

/** The credential in `Authorization`; undefined if it is missing or malformed, and then nothing is looked up. */
export function bearerCredential(request: Request): Caller | undefined {
  const token = bearerToken(request);
  const credential = token === undefined ? undefined : (parseToken(token) ?? legacyCredential(request));
  return credential && { ...credential, client: toClient(request) };
}
