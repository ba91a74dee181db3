import type { SessionData, Sessions } from './sessions.ts';

interface Context {
  readonly req: { header(name: string): string | undefined };
  header(name: string, value: string, options: { readonly append: boolean }): void;
}

/** Sessions in the handlers of Hono. */
export interface HonoSession<Data> {
  read(context: Context): Promise<Data | undefined>;
  write(context: Context, data: Data): Promise<void>;
  clear(context: Context): void;
}

/** Reads and writes sessions by Hono. */
export function honoSession<Data extends SessionData>(sessions: Sessions<Data>): HonoSession<Data> {
  return {
    read: ({ req }) => sessions.read(req.header('cookie')),
    write: async (context, data) => context.header('set-cookie', await sessions.write(data), { append: true }),
    clear: (context) => context.header('set-cookie', sessions.clear(), { append: true }),
  };
}
