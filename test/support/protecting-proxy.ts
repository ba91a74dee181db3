import { readFile } from 'node:fs/promises';

/** The ports of this machine at which a proxy listens and finds Vouch and the app. */
export interface ProtectingPorts {
  readonly listen: number;
  readonly vouch: number;
  readonly app: number;
}

/** The proxies whose settings docs/quickstart/forward-auth.md has and tests run. */
export const protectingProxies = ['nginx', 'caddy'] as const;

/** The settings of that document, for ports of this machine and without TLS. `origin` is the one that Vouch is told. */
export async function protectingSettings(
  kind: (typeof protectingProxies)[number],
  { listen, vouch, app }: ProtectingPorts,
  origin?: string,
): Promise<string> {
  const guide = await readFile(new URL('../../docs/quickstart/forward-auth.md', import.meta.url), 'utf8');
  const [, snippet = ''] = new RegExp(`^\`\`\`${kind}\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(guide) ?? [];
  const text = snippet
    .replaceAll('127.0.0.1:8000', `127.0.0.1:${vouch}`)
    .replaceAll('127.0.0.1:3000', `127.0.0.1:${app}`);
  return kind === 'nginx' ? nginx(text, listen, origin) : caddy(text, listen);
}

function nginx(text: string, listen: number, origin: string | undefined): string {
  const server = text.replace('listen 443 ssl;', `listen 127.0.0.1:${listen};`);
  return `
    daemon off; master_process off; pid nginx.pid; events {}
    http {
      access_log off;
      client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
      uwsgi_temp_path uwsgi; scgi_temp_path scgi;
      ${origin === undefined ? server : server.replace('https://$http_host', origin)}
    }`;
}

function caddy(text: string, listen: number): string {
  const site = text.replace('app.example.com {', `http://app.example.com:${listen} {`);
  return `{
      admin off
      auto_https off
      storage file_system .
    }
    ${site.replace('uri /', 'header_up X-Forwarded-Proto https\n      uri /')}`;
}
