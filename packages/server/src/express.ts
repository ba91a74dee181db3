import type { SessionData, Sessions } from './sessions.ts';

interface Request {
  readonly headers: { readonly cookie?: string | undefined };
}

interface Response {
  append(name: string, value: string): unknown;
}

/** Sessions in the handlers of Express. */
export interface ExpressSession<Data> {
  read(request: Request): Promise<Data | undefined>;
  write(response: Response, data: Data): Promise<void>;
  clear(response: Response): void;
}

/** Reads and writes sessions by Express. */
export function expressSession<Data extends SessionData>(sessions: Sessions<Data>): ExpressSession<Data> {
  return {
    read: ({ headers }) => sessions.read(headers.cookie),
    write: async (response, data) => void response.append('set-cookie', await sessions.write(data)),
    clear: (response) => void response.append('set-cookie', sessions.clear()),
  };
}
