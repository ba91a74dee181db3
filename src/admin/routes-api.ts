import type { FastifyContextConfig, FastifySchema } from 'fastify';
import { type KeyActor, keyLimitName } from '../api-keys/find-key-actor.ts';
import type { Database } from '../db/database.ts';
import type { Reply, Request, RequestOf, Server } from '../http/server.ts';
import type { Act } from '../operators/act.ts';
import { actorOf } from './authenticate.ts';
import { parseIdempotencyKey } from './idempotency-key.ts';
import { refuse, respond } from './respond.ts';
import type { AdminResult } from './result.ts';
import { runOnce } from './run-once.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The act of a call of the management API, whose scope the document names; its use case checks it. */
    act?: Act;
    /** Another act whose scope is enough, too. */
    orAct?: Act;
    /** Set for calls that need an idempotency key. */
    isWrite?: true;
  }
}

/** A call of the management API. */
export interface AdminCall<Needs, S extends FastifySchema> {
  /** Undefined for a call that every key may make. */
  readonly act?: Act;
  /** Another act that is enough, too. */
  readonly orAct?: Act;
  readonly schema: S;
  /** The largest body in bytes, of a call that takes more than others. */
  readonly bodyLimit?: number;
  readonly run: (needs: Needs, actor: KeyActor, request: RequestOf<S>) => Promise<AdminResult>;
}

/** Mounts a call that only reads. */
export function readRoute<Needs, const S extends FastifySchema>(
  server: Server,
  needs: Needs,
  url: string,
  { act, orAct, schema, run }: AdminCall<Needs, S>,
): void {
  const config = { limits: [keyLimitName], ...(act && { act }), ...(orAct && { orAct }) };
  mount(server, { method: 'GET', url, schema, config }, async (request, reply) =>
    respond(request, reply, await run(needs, actorOf(request), typed(request))),
  );
}

/**
 * Mounts a call that writes. It runs once for each idempotency key, in one transaction with the record of its result, so
 * it calls nothing but the database of the `needs` that it is given.
 */
export function writeRoute<Needs extends { readonly db: Database }, const S extends FastifySchema>(
  server: Server,
  needs: Needs,
  method: 'POST' | 'PATCH' | 'DELETE',
  url: string,
  { act, schema, bodyLimit, run }: AdminCall<Needs, S>,
): void {
  const config = { limits: [keyLimitName], isWrite: true as const, ...(act && { act }) };
  mount(server, { method, url, schema, config, ...(bodyLimit && { bodyLimit }) }, async (request, reply) => {
    const idempotencyKey = parseIdempotencyKey(request);
    if (idempotencyKey === undefined) return refuse(request, reply, { ok: false, code: 'idempotency_key_needed' });
    const actor = actorOf(request);
    const { params, query, body } = request;
    const identity = { apiKeyId: actor.id, idempotencyKey, request: [method, url, params, query, body] };
    const result = await runOnce(needs.db, identity, (db) => run({ ...needs, db }, actor, typed(request)));
    return respond(request, reply, result);
  });
}

/** A call whose handler sends the response itself. */
export interface MountedCall {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly schema: FastifySchema;
  readonly config: FastifyContextConfig;
  readonly bodyLimit?: number;
  /** False for a call that does too much for a HEAD. */
  readonly exposeHeadRoute?: false;
}

/** Mounts a call with a handler of its own. */
export function mount(
  server: Server,
  route: MountedCall,
  handler: (request: Request, reply: Reply) => Promise<Reply>,
): void {
  server.route({ ...route, handler });
}

/** The request with the types of its schema, which has validated it. */
export function typed<S extends FastifySchema>(request: Request): RequestOf<S> {
  return request as RequestOf<S>;
}
