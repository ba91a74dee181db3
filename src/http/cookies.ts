import { fastifyCookie } from '@fastify/cookie';
import { withName, withoutName } from '../kit/token-prefix.ts';
import type { RequestHead } from './server.ts';

/**
 * A cookie of ours: HttpOnly, SameSite=Lax, and over TLS bound to this host alone (`__Host-`, RFC 6265bis). Without TLS its
 * name has a prefix: every program on a host has the same cookies, whatever its port.
 */
export interface OwnCookie {
  read(head: RequestHead): string | undefined;
  write(reply: CookieTarget, value: string): void;
  clear(reply: CookieTarget): void;
}

/** A reply, or a response of another program that takes headers likewise. */
export interface CookieTarget {
  readonly server: Pick<RequestHead['server'], 'publicUrl'>;
  header(name: 'set-cookie', value: string): unknown;
}

/** Defines a cookie that a browser keeps for so many seconds. A strict one comes with no link from another site. */
export function ownCookie(name: string, maxAge: number, sameSite: 'lax' | 'strict' = 'lax'): OwnCookie {
  const nameFor = ({ server }: Pick<CookieTarget, 'server'>) => (overTls(server) ? `__Host-${name}` : `signin-${name}`);
  const set = (reply: CookieTarget, value: string, seconds: number) => {
    const options = { path: '/', httpOnly: true, sameSite, secure: overTls(reply.server) } as const;
    reply.header(
      'set-cookie',
      fastifyCookie.serialize(nameFor(reply), withoutName(value), { ...options, maxAge: seconds }),
    );
  };
  return {
    // no hook parses cookies: errors are answered before any ran
    read: (head) => {
      const text = head.headers.cookie && fastifyCookie.parse(head.headers.cookie)[nameFor(head)];
      return text === undefined || text === '' ? undefined : withName(text);
    },
    write: (reply, value) => set(reply, value, maxAge),
    clear: (reply) => set(reply, '', 0),
  };
}

function overTls({ publicUrl }: { publicUrl: string }): boolean {
  return publicUrl.startsWith('https:');
}
