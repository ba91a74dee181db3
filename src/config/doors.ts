import { metricsAccess } from './metrics-access.ts';
import { isSecureOrigin } from './parsers.ts';
import type { ParsedValues, Values } from './variables.ts';

/** The ways in beside the public API and its pages. */
export interface DoorsConfig {
  /** Whether the management API is served. */
  readonly managementApi: boolean;
  /** Whether apps sign people in by OpenID Connect. */
  readonly oidc: boolean;
  /** The clients that may read the development inbox: none, those on this machine, or all clients. */
  readonly devInbox: false | 'loopback' | 'network';
  /** Access to the metrics: by a port of their own, by a token, or by both; undefined: no access. */
  readonly metrics:
    | { readonly host: string; readonly port: number | undefined; readonly token: string | undefined }
    | undefined;
  /** The origins whose pages may call the API. */
  readonly allowedOrigins: ReadonlySet<string>;
  /** The apps at which a sign-in by the pages may end, and which a proxy may protect; undefined if there are none. */
  readonly forwardAuth:
    | {
        readonly returnOrigins: ReadonlySet<string>;
        readonly cookieDomain: string | undefined;
        readonly withNumber: boolean;
      }
    | undefined;
}

/** Works out the ways in. */
export function doorsOf(values: Values): DoorsConfig {
  return {
    managementApi: values.MANAGEMENT_API === 'on',
    oidc: values.OIDC === 'on',
    devInbox: devInboxOf(values),
    metrics: metricsAccess(values),
    allowedOrigins: values.ALLOWED_ORIGINS ?? new Set(),
    forwardAuth: forwardAuthOf(values),
  };
}

function devInboxOf({ NODE_ENV, DEV_INBOX }: Values): DoorsConfig['devInbox'] {
  const access = DEV_INBOX ?? (NODE_ENV === 'production' ? 'off' : 'on');
  return access === 'network' ? access : access === 'on' && 'loopback';
}

function forwardAuthOf({ RETURN_ORIGINS, COOKIE_DOMAIN, FORWARD_AUTH_PHONE }: Values): DoorsConfig['forwardAuth'] {
  return (
    RETURN_ORIGINS && {
      returnOrigins: RETURN_ORIGINS,
      cookieDomain: COOKIE_DOMAIN,
      withNumber: FORWARD_AUTH_PHONE === 'yes',
    }
  );
}

/** Apps that would never see the pass of a session, and so would send each browser to the sign-in for ever. */
export function unreachableApps(
  { PUBLIC_URL, RETURN_ORIGINS, COOKIE_DOMAIN }: ParsedValues,
  hasDomain: boolean,
): string[] {
  if (hasDomain && COOKIE_DOMAIN === undefined) return [];
  const own = PUBLIC_URL === undefined ? 'localhost' : new URL(PUBLIC_URL).hostname;
  const isInDomain = (host: string) => host === COOKIE_DOMAIN || host.endsWith(`.${COOKIE_DOMAIN}`);
  if (COOKIE_DOMAIN !== undefined && !isInDomain(own))
    return [
      `COOKIE_DOMAIN is ${COOKIE_DOMAIN}, which the host of PUBLIC_URL, ${own}, is not in. Example: COOKIE_DOMAIN=example.com`,
    ];
  const isReached = (host: string) => (COOKIE_DOMAIN === undefined ? host === own : isInDomain(host));
  const lost = [...(RETURN_ORIGINS ?? [])].find((origin) => !isReached(new URL(origin).hostname));
  return lost === undefined
    ? []
    : [
        `RETURN_ORIGINS has ${lost}, to whose host no cookie of ours comes: it has to be the host of PUBLIC_URL, or in COOKIE_DOMAIN with it. Example: COOKIE_DOMAIN=example.com`,
      ];
}

/** Origins without TLS, whose pages anybody on the way can change. */
export function insecureOrigins(values: ParsedValues): string[] {
  return (['ALLOWED_ORIGINS', 'RETURN_ORIGINS'] as const).flatMap((name) => {
    const found = [...(values[name] ?? [])].find((origin) => !isSecureOrigin(origin));
    return found === undefined
      ? []
      : [
          `${name} has ${found}, which is refused in production: anybody on the way can change its pages. Example: ${name}=https://app.example.com`,
        ];
  });
}
