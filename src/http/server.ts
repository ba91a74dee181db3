import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type {
  ContextConfigDefault,
  FastifyBaseLogger,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  FastifySchema,
  RawServerDefault,
  RouteGenericInterface,
} from 'fastify';
import type { Language } from '../kit/language.ts';
import type { AppLook, Branding } from './branding.ts';

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

/** A request of a route with this schema. */
export type RequestOf<Schema extends FastifySchema> = FastifyRequest<
  RouteGenericInterface,
  RawServerDefault,
  IncomingMessage,
  Schema,
  TypeBoxTypeProvider
>;

/** A reply of a route with this schema, whose payload has the type of its status. */
export type ReplyOf<Schema extends FastifySchema> = FastifyReply<
  RouteGenericInterface,
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  ContextConfigDefault,
  Schema,
  TypeBoxTypeProvider
>;

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
    /** The brand of the pages, and the files that are made from it. */
    branding: Branding;
    /** The origins whose pages may call the API. */
    allowedOrigins: ReadonlySet<string>;
  }
  interface FastifyReply {
    /** The app for which the page of this response is shown. */
    appLook: AppLook | undefined;
  }
  interface FastifyContextConfig {
    /** Set if the contract has one sentence under `error` instead of sentences under each field. */
    errorForm?: 'error';
    /** The names of the rate limits that a response 429 of this route can have. */
    limits?: readonly string[];
    /** Set on the route that answers the methods that a path does not have. */
    forOtherMethods?: true;
  }
}
