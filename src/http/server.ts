import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest, RawServerDefault } from 'fastify';
import type { Language } from '../kit/language.ts';

/** Our HTTP server, whose schemas give the types of its handlers. */
export type Server = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** A request of any form. */
export type Request = FastifyRequest;

/** The head of a request as Node.js has parsed it: available before any hook, and for a request without a route. */
export interface RequestHead {
  readonly headers: IncomingHttpHeaders;
  readonly server: Pick<Server, 'publicUrl' | 'defaultLocale'>;
}

/** A reply of any form. */
export type Reply = FastifyReply;

declare module 'fastify' {
  interface FastifyInstance {
    /** The public origin, without a slash at its end. */
    publicUrl: string;
    /** The language of clients that accept none of ours. */
    defaultLocale: Language;
  }
  interface FastifyContextConfig {
    /** Set if the contract has one sentence under `error` instead of sentences under each field. */
    errorForm?: 'error';
    /** Set on the route that answers the methods that a path does not have. */
    forOtherMethods?: true;
  }
}
