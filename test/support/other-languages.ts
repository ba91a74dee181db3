import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createInbox } from '../../src/sms/inbox.ts';
import { freePort } from './free-port.ts';
import { openApp, type TestApp } from './harness.ts';
import { configured } from './oidc-client.ts';
import { eventually } from './product-launch.ts';
import { TamperingProxy } from './tampering-proxy.ts';

/** The folder of the repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** The provider behind a proxy that can change ID tokens, and the app that is going to sign people in by it. */
export interface Judged {
  readonly app: TestApp;
  readonly proxy: TamperingProxy;
  readonly issuer: string;
  /** The app: another host than that of the provider, so that their cookies are apart. */
  readonly origin: string;
  readonly port: number;
}

/** Opens the provider for an app `shop`, whose redirect URI has the given path. */
export async function openJudged(path: string): Promise<Judged> {
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const shop = configured({
    client_id: 'shop',
    client_name: 'Shop',
    first_party: true,
    redirect_uris: [`${origin}${path}`],
    post_logout_redirect_uris: [`${origin}/`],
  });
  const proxy = new TamperingProxy();
  const issuer = await proxy.listen();
  const oidc = { clients: new Map([['shop', shop]]), amr: ['otp', 'sms'] };
  const app = await openApp({ oidc, publicUrl: issuer, inbox: createInbox(), host: '127.0.0.1' });
  const url = await app.server.listen({ host: '127.0.0.1', port: 0 });
  proxy.forwardTo(Number(new URL(url).port));
  return { app, proxy, issuer, origin, port };
}

/** A folder for the files of an app, gone after the tests of the file. */
export async function folderOfApp(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'vouch-judge-'));
  after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** Starts a program, and resolves when it answers at the port, which Apache opens twice; it ends with the tests of the file. */
export async function startApp(
  command: readonly string[],
  { port, cwd, env = {} }: { port: number; cwd: string; env?: Readonly<Record<string, string>> },
): Promise<ChildProcess> {
  const [program = '', ...words] = command;
  const child = spawn(program, words, {
    cwd,
    env: { PATH: process.env.PATH, HOME: cwd, PYTHONDONTWRITEBYTECODE: '1', ...env },
    stdio: 'pipe',
  });
  after(() => child.kill('SIGTERM'));
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (printed += chunk));
  await eventually(`${program} to serve`, async () => {
    if (child.exitCode !== null) throw new Error(printed);
    return answers(port);
  });
  return child;
}

function answers(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/`, { redirect: 'manual' }).then(
    () => true,
    () => false,
  );
}

/** The Python whose libraries are packages of Debian, whatever else is first in the PATH. */
export const python = '/usr/bin/python3';

/** False if Debian's packages have put these files in place, or why a test that needs them is skipped. */
export function missingPackage(files: Readonly<Record<string, string>>): false | string {
  const missing = Object.entries(files).filter(([, file]) => !existsSync(file));
  return missing.length > 0 && `${missing.map(([name]) => name).join(', ')} not installed`;
}
