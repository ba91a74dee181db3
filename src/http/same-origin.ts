import type { RequestHead } from './server.ts';

/** A request, with the host that the browser requested. */
export type HostedRequest = RequestHead & { readonly host: string };

/**
 * Whether a form may come from a page of ours. A browser says so in `Sec-Fetch-Site`. Over http at a host that is
 * not loopback, and in an older version, it sends `Origin`, the oldest only `Referer`. A client without any of them is
 * no browser with a person's cookies to abuse, and our cookies are SameSite=Lax besides.
 */
export function isSameOrigin(request: HostedRequest): boolean {
  const { 'sec-fetch-site': fetchSite, origin, referer } = request.headers;
  if (fetchSite !== undefined) return fetchSite === 'same-origin' || fetchSite === 'none';
  if (origin !== undefined) return isOurs(origin, request);
  return referer === undefined || isOurs(originOf(referer), request);
}

/**
 * Whether an origin is the public one, or that of the requested host. `null`, which hides the origin, is neither, and
 * so is a text that no browser would send. A page over http does not belong to a site with https: anyone in its network
 * could have injected the form.
 */
function isOurs(origin: string | undefined, { host, server: { publicUrl } }: HostedRequest): boolean {
  if (origin === undefined || origin !== originOf(origin)) return false;
  if (origin === new URL(publicUrl).origin) return true;
  const { protocol } = new URL(origin);
  if (protocol === 'http:' && publicUrl.startsWith('https:')) return false;
  return host !== '' && origin === originOf(`${protocol}//${host}`);
}

/** The origin as a browser writes it: in lower case, and without the default port of the scheme. */
function originOf(url: string): string | undefined {
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) return undefined;
  return new URL(url).origin;
}
