import type { RequestHead } from './server.ts';

/** A request, and the host that the browser asked. */
export type HostedRequest = RequestHead & { readonly host: string };

/**
 * Whether a form may have come from a page of ours. A browser says so in `Sec-Fetch-Site`; over http at an address that
 * is not loopback, and where it is older, it says `Origin`, or in the oldest only `Referer`. A client that sends none of
 * them is no browser with somebody's cookies to abuse, and those are SameSite=Lax besides.
 */
export function isSameOrigin(request: HostedRequest): boolean {
  const { 'sec-fetch-site': site, origin, referer } = request.headers;
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  if (origin !== undefined) return isOurs(origin, request);
  return referer === undefined || isOurs(originOf(referer), request);
}

/**
 * Whether an origin is the public one, or that of the host which the browser asked. `null`, which hides the origin, and
 * what is written as no browser writes it are neither. A page that came over http is no page of a site that is https:
 * anyone in its network could have put the form there.
 */
function isOurs(origin: string | undefined, { host, server: { publicUrl } }: HostedRequest): boolean {
  if (origin === undefined || origin !== originOf(origin)) return false;
  if (origin === new URL(publicUrl).origin) return true;
  const { protocol } = new URL(origin);
  if (protocol === 'http:' && publicUrl.startsWith('https:')) return false;
  return host !== '' && origin === originOf(`${protocol}//${host}`);
}

/** As a browser writes it: in lower case, and without the port that the scheme has by itself. */
function originOf(url: string): string | undefined {
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) return undefined;
  return new URL(url).origin;
}
