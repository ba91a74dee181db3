import { isSecureOrigin } from './parsers.ts';
import type { ParsedValues, Values } from './variables.ts';

/** The console of a configuration: its path below the public URL, or its own port and origin; undefined if it is off. */
export type ConsoleConfig =
  | { readonly path: string; readonly port?: never }
  | { readonly path?: never; readonly host: string; readonly port: number; readonly url: string };

/** Works out the console: in development it is at `/console/` by default, in production nowhere. */
export function consoleOf({ NODE_ENV, CONSOLE, CONSOLE_URL }: Values): ConsoleConfig | undefined {
  const access = CONSOLE ?? (NODE_ENV === 'production' ? 'off' : { path: '/console' });
  if (access === 'off') return undefined;
  if ('path' in access) return access;
  return { ...access, url: CONSOLE_URL ?? defaultUrl(access) };
}

/** Conflicts between the settings of the console. */
export function consoleProblems(values: ParsedValues): string[] {
  const { CONSOLE: access, CONSOLE_URL: url, PORT, METRICS_PORT } = values;
  const port = typeof access === 'object' && 'port' in access ? access : undefined;
  if (url !== undefined && !port) {
    return ['CONSOLE_URL needs a console with a port of its own. Example: CONSOLE=9000'];
  }
  if (!port) return [];
  const taken = [PORT === port.port && 'PORT', METRICS_PORT === port.port && 'METRICS_PORT'].filter(Boolean);
  return [
    ...taken.map((name) => `CONSOLE and ${name} are both ${port.port}. Example: CONSOLE=9000`),
    ...(values.NODE_ENV === 'production' && !isSecureOrigin(url ?? defaultUrl(port))
      ? [
          'CONSOLE_URL has to begin with https:// in production unless the console is on this machine, or codes and ' +
            'sessions travel in the open. Example: CONSOLE_URL=https://console.example.com',
        ]
      : []),
  ];
}

function defaultUrl({ host, port }: { readonly host: string; readonly port: number }): string {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}

/** The URL of the console without a slash at its end; undefined if there is none. */
export function consoleUrl({
  console,
  publicUrl,
  host,
  port,
}: {
  readonly console: ConsoleConfig | undefined;
  readonly publicUrl: string | undefined;
  readonly host: string;
  readonly port: number;
}): string | undefined {
  if (!console) return undefined;
  return console.path === undefined ? console.url : `${publicUrl ?? defaultUrl({ host, port })}${console.path}`;
}
