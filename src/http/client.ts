import type { Request } from './server.ts';

/** The client of a request, as far as it is known. */
export interface Client {
  /** Its IP address, behind trusted proxies the forwarded one. */
  readonly ip: string;
  /** The `User-Agent` of its program; see `deviceOf`. */
  readonly userAgent: string | undefined;
}

/** The client of a request. */
export function toClient(request: Request): Client {
  return { ip: request.ip, userAgent: request.headers['user-agent'] };
}
