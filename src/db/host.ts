/** The address of a server; `ip` is the IP address to connect to if `host` is only its name for TLS. */
export type Place =
  | { readonly host: string; readonly port: number; readonly ip?: string | undefined }
  | { readonly path: string };

/** The name of a server in the log. */
export function nameOf(place: Place): string {
  if ('path' in place) return place.path;
  return place.host.includes(':') ? `[${place.host}]:${place.port}` : `${place.host}:${place.port}`;
}
