import helmet from '@fastify/helmet';
import fastify from 'fastify';
import type { Server } from './server.ts';

/** The content security policy of pages: our own files, and nothing inline. */
const pageSources = {
  defaultSrc: ["'none'"],
  baseUri: ["'none'"],
  connectSrc: ["'self'"],
  formAction: ["'self'"],
  frameAncestors: ["'none'"],
  imgSrc: ["'self'"],
  manifestSrc: ["'self'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
};

/** For the documentation alone: Redoc puts its styles into the page and searches in a worker. */
export const documentationSources = {
  ...pageSources,
  imgSrc: ["'self'", 'data:'],
  styleSrc: ["'self'", "'unsafe-inline'"],
  workerSrc: ['blob:'],
};

/** Sets the security headers of every response (OWASP ASVS 3.4), and `no-store` unless a handler set another value. */
export async function addSecurityHeaders(server: Server): Promise<void> {
  const headers = await securityHeaders(server.publicUrl, pageSources);
  server.addHook('onRequest', (_request, reply, done) => {
    reply.headers(headers);
    done();
  });
  server.addHook('onSend', (_request, reply, _payload, done) => {
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
    done();
  });
}

/**
 * Returns the headers of helmet, computed once: none of them depends on the request, and computing them each time took
 * 4 % of the time of a profile read.
 */
export async function securityHeaders(
  publicUrl: string,
  directives: Readonly<Record<string, string[]>>,
): Promise<Record<string, string>> {
  const probe = fastify();
  await probe.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives },
    strictTransportSecurity: publicUrl.startsWith('https:') ? { maxAge: 31_536_000, includeSubDomains: false } : false,
    // with `no-referrer`, browsers send `Origin: null` with our own forms
    referrerPolicy: { policy: 'same-origin' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    frameguard: { action: 'deny' },
    // for obsolete programs (Internet Explorer, Flash), and a hint on links that we do not have: each header costs
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
    xDnsPrefetchControl: false,
  });
  probe.get('/', async () => '');
  const { headers } = await probe.inject('/');
  await probe.close();
  const own = new Set(['connection', 'content-length', 'content-type', 'date']);
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => !own.has(name))
      .map(([name, value]) => [name, String(value)]),
  );
}
