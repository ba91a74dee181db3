/** Where one server listens; `ip` is where to connect to it, when `host` is only its name for TLS. */
export type Place =
  | { readonly host: string; readonly port: number; readonly ip?: string | undefined }
  | { readonly path: string };

/** How a place is called in a log. */
export function nameOf(place: Place): string {
  if ('path' in place) return place.path;
  return place.host.includes(':') ? `[${place.host}]:${place.port}` : `${place.host}:${place.port}`;
}
