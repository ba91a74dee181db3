import { AsyncLocalStorage } from 'node:async_hooks';
import type { Client } from '../http/client.ts';
import type { Reply, Request } from '../http/server.ts';
import type { FoundSession } from './auth-session.ts';
import type { ChallengeRequest } from './first-party-request.ts';

/** The live session of the pages in a browser. */
export interface PageSession {
  readonly accountId: string;
  readonly createdAt: Date;
}

/** The request that the library is working on. */
export interface OidcRequest {
  readonly request: Request;
  readonly reply: Reply;
  readonly client: Client;
  readonly page: PageSession | undefined;
  /** The response of an earlier exchange of the same refresh token, which replaces that of the library. */
  repeated?: string;
  /** The exchange of a refresh token that this request has begun. */
  exchange?: RefreshExchange;
  /** The request of an app that signs somebody in without a browser. */
  readonly challenge?: RunningChallenge;
}

/** The step of such a request: a new authorisation request, the code again, the code that was entered, or only the state. */
export type ChallengeStep = 'begin' | 'resend' | 'enter' | 'look';

/** A request at the authorization challenge endpoint, with the session that it presents. */
export interface RunningChallenge extends ChallengeRequest {
  readonly step: ChallengeStep;
  readonly found: FoundSession | undefined;
}

/** An exchange of a refresh token: the token, the attempt that may finish it, and the new token. */
export interface RefreshExchange {
  readonly token: string;
  readonly attempt: string;
  successorKey?: string;
}

const storage = new AsyncLocalStorage<OidcRequest>();

/** Runs the library for a request. */
export function withOidcRequest<T>(request: OidcRequest, run: () => Promise<T>): Promise<T> {
  return storage.run(request, run);
}

/** The request of the running code; undefined outside of one. */
export function currentOidcRequest(): OidcRequest | undefined {
  return storage.getStore();
}
