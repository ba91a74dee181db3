import { metricsAccess } from './metrics-access.ts';
import { isSecureOrigin } from './parsers.ts';
import type { ParsedValues, Values } from './variables.ts';

/** The ways in beside the public API and its pages. */
export interface DoorsConfig {
  /** Whether the management API is served. */
  readonly managementApi: boolean;
  /** The clients that may read the development inbox: none, those on this machine, or all clients. */
  readonly devInbox: false | 'loopback' | 'network';
  /** Access to the metrics: by a port of their own, by a token, or by both; undefined: no access. */
  readonly metrics:
    | { readonly host: string; readonly port: number | undefined; readonly token: string | undefined }
    | undefined;
  /** The origins whose pages may call the API. */
  readonly allowedOrigins: ReadonlySet<string>;
}

/** Works out the ways in. */
export function doorsOf(values: Values): DoorsConfig {
  return {
    managementApi: values.MANAGEMENT_API === 'on',
    devInbox: devInboxOf(values),
    metrics: metricsAccess(values),
    allowedOrigins: values.ALLOWED_ORIGINS ?? new Set(),
  };
}

function devInboxOf({ NODE_ENV, DEV_INBOX }: Values): DoorsConfig['devInbox'] {
  const access = DEV_INBOX ?? (NODE_ENV === 'production' ? 'off' : 'on');
  return access === 'network' ? access : access === 'on' && 'loopback';
}

/** Origins without TLS, whose pages anybody on the way can change. */
export function insecureOrigins(values: ParsedValues): string[] {
  return (['ALLOWED_ORIGINS'] as const).flatMap((name) => {
    const found = [...(values[name] ?? [])].find((origin) => !isSecureOrigin(origin));
    return found === undefined
      ? []
      : [
          `${name} has ${found}, which is refused in production: anybody on the way can change its pages. Example: ${name}=https://app.example.com`,
        ];
  });
}
