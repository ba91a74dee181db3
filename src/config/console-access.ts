import { listenHost, type Parser, whole } from './parsers.ts';

/** The place of the console: nowhere, below a path of the public pages, or on a port of its own. */
export type ConsoleAccess = 'off' | { readonly path: string } | { readonly host: string; readonly port: number };

/** The first segments of the paths that the public pages and the API have; `test/console-sign-in.test.ts` compares them. */
const takenSegments = [
  'account',
  'admin',
  'api',
  'assets',
  'brand',
  'callbacks',
  'confirm',
  'continue',
  'countries',
  'dev',
  'healthz',
  'i',
  'invite',
  'language',
  'livez',
  'logout',
  'metrics',
  'problems',
  'readyz',
  'redoc',
  'sessions',
  'success',
];

/** `off`, a path such as `/console/`, or a port, with a host if it is not this machine alone. */
export const consoleAccess: Parser<ConsoleAccess> = {
  expected:
    'off, a path of one word such as /console/ that is not ours already, or a port such as 9000 or 10.0.0.5:9000',
  parse: (input) => {
    if (input === 'off') return input;
    const [, word] = /^\/([a-z0-9][a-z0-9-]{0,62})\/$/.exec(input) ?? [];
    if (word !== undefined) return takenSegments.includes(word) ? undefined : { path: `/${word}` };
    const [, host = '127.0.0.1', digits = ''] = /^(?:(.+):)?(\d+)$/.exec(input) ?? [];
    const [listened, port] = [listenHost.parse(host), whole(1, 65_535).parse(digits)];
    return listened !== undefined && port !== undefined ? { host: listened, port } : undefined;
  },
};
