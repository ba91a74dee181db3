import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { nodeArguments } from './child-script.ts';

/** A working folder for what a test file starts, gone after its tests. */
export function workingFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'vouch-serve-'));
  after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** A process of the product, in one process where nothing else is said, with what it printed; `within` runs it. */
export function start(
  env: Record<string, string>,
  within: readonly string[] = [],
  folder = workingFolder(),
): {
  child: ChildProcess;
  output: () => string;
  ready: Promise<string>;
} {
  const [program = process.execPath, ...before] = [...within, process.execPath];
  const child = spawn(program, [...before, ...nodeArguments('src/main.ts')], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? '', PORT: '0', WORKERS: '1', DATA_DIR: folder, ...env },
  });
  after(() => child.kill('SIGKILL'));
  let text = '';
  const ready = new Promise<string>((resolve, reject) => {
    const take = (chunk: Buffer) => {
      text += chunk;
      const url = /"url":"(http:\/\/[\d.:]+)","msg":"server listening"/.exec(text)?.[1];
      if (url && text.includes('/redoc/')) resolve(url);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.once('exit', () => reject(new Error(text)));
  });
  ready.catch(() => {});
  return { child, output: () => text, ready };
}

/** Posts JSON on a connection of its own. */
export function post(url: string, body: unknown): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { method: 'POST', agent: false, headers: { 'content-type': 'application/json' } },
      (answer) => {
        let text = '';
        answer.on('data', (chunk) => (text += chunk));
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: text }));
        answer.on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.end(JSON.stringify(body));
  });
}
