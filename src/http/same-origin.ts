import type { Request } from './server.ts';

/**
 * Whether a form may have come from a page of ours: the browser says so in `Sec-Fetch-Site`, or in `Origin` where it is
 * older. Who sends neither is no browser with somebody's cookies to abuse, and those are SameSite=Lax besides.
 */
export function isSameOrigin(request: Request): boolean {
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  const { origin } = request.headers;
  return origin === undefined || origin === request.server.publicUrl || hostOf(origin) === request.headers.host;
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
