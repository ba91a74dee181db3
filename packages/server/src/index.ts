export { type ExpressSession, expressSession } from './express.ts';
export { type FastifySession, fastifySession } from './fastify.ts';
export { type ForwardAuth, readForwardAuth } from './forward-auth.ts';
export { type HonoSession, honoSession } from './hono.ts';
export { type NextSession, nextSession } from './next.ts';
export { createSessions, type SessionData, type SessionOptions, type Sessions } from './sessions.ts';
export { createTokenVerifier, type TokenVerifier, type VerifiedToken, type VerifierOptions } from './tokens.ts';
export { createWebhooks, type VouchEvent, type Webhooks } from './webhooks.ts';
