import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { eventually } from './product-launch.ts';

/** How each proxy is started with a file of settings, beside which it keeps all of its own. */
const commands = {
  nginx: { words: ['-p', '.', '-c', 'nginx.conf', '-e', 'error.log'], file: 'nginx.conf' },
  haproxy: { words: ['-f', 'haproxy.cfg'], file: 'haproxy.cfg' },
  caddy: { words: ['run', '--config', 'Caddyfile'], file: 'Caddyfile' },
} as const;

/** A program that stands before us. */
export type ProxyName = keyof typeof commands;

/** All of them. */
export const proxyNames = Object.keys(commands) as ProxyName[];

/** The settings of nginx by docs/scale.md; nothing of it runs or writes outside of its folder. */
export function nginxSettings(listen: string, servers: readonly string[], tls = ''): string {
  return `
    daemon off;
    master_process off;
    pid nginx.pid;
    events {}
    http {
      access_log off;
      client_body_temp_path body;
      proxy_temp_path proxy;
      fastcgi_temp_path fastcgi;
      uwsgi_temp_path uwsgi;
      scgi_temp_path scgi;
      upstream vouch {
        ${servers.map((server) => `server ${server};`).join('\n')}
        keepalive 16;
      }
      server {
        listen ${listen};
        ${tls}
        location / {
          proxy_pass http://vouch;
          proxy_http_version 1.1;
          proxy_set_header Connection "";
          proxy_set_header Host $http_host;
          proxy_set_header X-Forwarded-For $remote_addr;
        }
      }
    }
  `;
}

/** Starts a proxy, with files beside its settings, and resolves when it takes connections; it ends with the tests of the file. */
export async function startProxy(
  name: ProxyName,
  port: number,
  settings: string,
  beside: Readonly<Record<string, string>> = {},
): Promise<ChildProcess> {
  const { words, file } = commands[name];
  const folder = await mkdtemp(join(tmpdir(), 'vouch-proxy-'));
  after(() => rm(folder, { recursive: true, force: true }));
  for (const [path, text] of Object.entries({ ...beside, [file]: settings }))
    await writeFile(join(folder, path), text, { mode: 0o600 });
  const child: ChildProcess = spawn(name, words, {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  after(() => child.kill('SIGKILL'));
  let said = '';
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk) => (said += chunk));
  await eventually(`${name} to serve`, async () => {
    if (child.exitCode !== null) throw new Error(said);
    return takesConnections(port);
  });
  return child;
}

async function takesConnections(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const isTaken = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return isTaken;
}
