import { securityHeaders } from '../http/security-headers.ts';
import type { Server } from '../http/server.ts';

/** The content security policy of the console: our own files, no framing, and no script may write markup. */
const sources = {
  defaultSrc: ["'none'"],
  baseUri: ["'none'"],
  connectSrc: ["'self'"],
  formAction: ["'self'"],
  frameAncestors: ["'none'"],
  imgSrc: ["'self'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  requireTrustedTypesFor: ["'script'"],
  trustedTypes: ["'none'"],
};

/** Replaces the security headers of the pages by those of the console, and keeps it out of search engines. */
export async function protectConsole(server: Server): Promise<void> {
  const headers = await securityHeaders(server.publicUrl, sources);
  server.addHook('onRequest', (_request, reply, done) => {
    reply.headers({ ...headers, 'x-robots-tag': 'noindex, nofollow' });
    done();
  });
}
