import type { Reply, Request } from './server.ts';

/** A cookie of ours: HttpOnly, SameSite=Lax, and over TLS bound to this host alone (`__Host-`, RFC 6265bis). */
export interface OwnCookie {
  read(request: Request): string | undefined;
  write(reply: Reply, value: string): void;
  clear(reply: Reply): void;
}

/** Defines a cookie that a browser keeps for so many seconds. */
export function ownCookie(name: string, maxAge: number): OwnCookie {
  const named = ({ server }: { server: { publicUrl: string } }) => (overTls(server) ? `__Host-${name}` : name);
  const options = ({ server }: { server: { publicUrl: string } }) =>
    ({ path: '/', httpOnly: true, sameSite: 'lax', secure: overTls(server) }) as const;
  return {
    // a request whose address cannot be read is answered before any hook, so before its cookies are parsed
    read: (request) => (request.cookies as Request['cookies'] | undefined)?.[named(request)],
    write: (reply, value) => void reply.setCookie(named(reply), value, { ...options(reply), maxAge }),
    clear: (reply) => void reply.clearCookie(named(reply), options(reply)),
  };
}

function overTls({ publicUrl }: { publicUrl: string }): boolean {
  return publicUrl.startsWith('https:');
}
