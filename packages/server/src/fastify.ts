import type { SessionData, Sessions } from './sessions.ts';

interface Request {
  readonly headers: { readonly cookie?: string | undefined };
}

interface Reply {
  header(name: string, value: string): unknown;
}

/** Sessions in the handlers of Fastify. */
export interface FastifySession<Data> {
  read(request: Request): Promise<Data | undefined>;
  write(reply: Reply, data: Data): Promise<void>;
  clear(reply: Reply): void;
}

/** Reads and writes sessions by Fastify, which adds a second `Set-Cookie` to the first. */
export function fastifySession<Data extends SessionData>(sessions: Sessions<Data>): FastifySession<Data> {
  return {
    read: ({ headers }) => sessions.read(headers.cookie),
    write: async (reply, data) => void reply.header('set-cookie', await sessions.write(data)),
    clear: (reply) => void reply.header('set-cookie', sessions.clear()),
  };
}
