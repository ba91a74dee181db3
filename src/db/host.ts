/** The address of a server; `ip` is the IP address to connect to if `host` is only its name for TLS. */
export type Host =
  | { readonly host: string; readonly port: number; readonly ip?: string | undefined }
  | { readonly path: string };

/** The name of a server in the log. */
export function hostLabel(host: Host): string {
  if ('path' in host) return host.path;
  return host.host.includes(':') ? `[${host.host}]:${host.port}` : `${host.host}:${host.port}`;
}
