import type { KoaContextWithOIDC } from 'oidc-provider';

/** Whether a redirect of a response leads to another origin. Koa's `origin` is the header of the request. */
export function isElsewhere({ href }: KoaContextWithOIDC, location: string): boolean {
  return new URL(location, href).origin !== new URL(href).origin;
}
