import type { Request } from './server.ts';

/** The client that a request came from, as far as it can be known. */
export interface Client {
  /** Its IP address: behind trusted proxies the one that they name. */
  readonly ip: string;
  /** How its program names itself; see `deviceOf`. */
  readonly userAgent: string | undefined;
}

/** The client of a request. */
export function clientOf(request: Request): Client {
  return { ip: request.ip, userAgent: request.headers['user-agent'] };
}
