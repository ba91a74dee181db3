import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest, RawServerDefault } from 'fastify';
import type { Language } from '../kit/language.ts';

/** Our HTTP server, whose schemas give the types of what its handlers see. */
export type Server = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** A request of any form. */
export type Request = FastifyRequest;

/** The part of a request that Node.js itself has read: it stands before any hook ran, and for a request that no route takes. */
export interface RequestHead {
  readonly headers: IncomingHttpHeaders;
  readonly server: Pick<Server, 'publicUrl' | 'defaultLanguage'>;
}

/** A reply of any form. */
export type Reply = FastifyReply;

declare module 'fastify' {
  interface FastifyInstance {
    /** The origin under which people reach us, without a slash at its end. */
    publicUrl: string;
    /** The language of those who name none that we have. */
    defaultLanguage: Language;
  }
  interface FastifyContextConfig {
    /** Where the contract answers with one sentence under `error` instead of sentences under each field. */
    errorForm?: 'error';
    /** Answers the methods that an address does not have. */
    forOtherMethods?: true;
  }
}
