import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** How one file of tests ended: what failed first, or nothing. */
export type Ending =
  | { readonly ok: true }
  | { readonly ok: false; readonly failed: string; readonly isTimeout: boolean };

const longestMs = 60_000;

/** Runs a file of tests, compiled, in a folder of its own, until the first test that fails: the rest would tell nothing more. */
export function runTests(folder: string, name: string, env: NodeJS.ProcessEnv): Promise<Ending> {
  const child = spawn(process.execPath, ['--test-reporter=tap', `test/${name}.test.js`], {
    cwd: folder,
    env: { ...process.env, NODE_OPTIONS: '', NODE_ENV: 'test', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // a group of its own, so that what a test has started ends with it
    detached: true,
  });
  return new Promise((resolve) => {
    let failed: string | undefined;
    let isTimeout = false;
    const lastWords: string[] = [];
    const end = () => {
      try {
        process.kill(-child.pid!, 'SIGKILL');
      } catch {
        // it has ended
      }
    };
    const timer = setTimeout(() => {
      isTimeout = true;
      end();
    }, longestMs);
    createInterface({ input: child.stdout }).on('line', (line) => {
      const found = /^\s*not ok \d+ - (.*)/.exec(line);
      if (!found || failed !== undefined) return;
      failed = found[1]!;
      end();
    });
    createInterface({ input: child.stderr }).on('line', (line) => lastWords.push(line));
    child.on('close', (code) => {
      clearTimeout(timer);
      end();
      if (code === 0 && failed === undefined) return resolve({ ok: true });
      resolve({ ok: false, failed: failed ?? lastWords.slice(-30).join('\n'), isTimeout });
    });
  });
}
