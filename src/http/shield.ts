import helmet from '@fastify/helmet';
import type { Server } from './server.ts';

/** What pages may load: our own files, and nothing inline. */
const pageSources = {
  defaultSrc: ["'none'"],
  baseUri: ["'none'"],
  connectSrc: ["'self'"],
  formAction: ["'self'"],
  frameAncestors: ["'none'"],
  imgSrc: ["'self'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
};

/** For the documentation alone: Redoc writes its styles into the page and searches in a worker. */
export const documentationSources = {
  ...pageSources,
  imgSrc: ["'self'", 'data:'],
  styleSrc: ["'self'", "'unsafe-inline'"],
  workerSrc: ['blob:'],
};

/** Sets the headers that protect every answer (OWASP ASVS 3.4), and `no-store` unless a handler said otherwise. */
export async function shield(server: Server): Promise<void> {
  const overTls = server.publicUrl.startsWith('https:');
  await server.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: pageSources },
    strictTransportSecurity: overTls ? { maxAge: 31_536_000, includeSubDomains: false } : false,
    referrerPolicy: { policy: 'no-referrer' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    frameguard: { action: 'deny' },
  });
  server.addHook('onSend', async (_request, reply) => {
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });
}
