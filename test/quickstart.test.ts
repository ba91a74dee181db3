import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createInbox } from '../src/sms/inbox.ts';
import { openAdminClient } from './support/admin-client.ts';
import { emptyFolder } from './support/embedded-database.ts';
import { anyNumber, openApp } from './support/harness.ts';
import { oidc } from './support/oidc-client.ts';

const run = promisify(execFile);
const page = (name: string) => readFile(new URL(`../docs/quickstart/${name}.md`, import.meta.url), 'utf8');
const blocks = (text: string, kind: string) =>
  [...text.matchAll(new RegExp(`^\`\`\`${kind}\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, block = '']) => block);

const app = await openApp({ managementApi: true, inbox: createInbox(), oidc });
const url = await app.server.listen({ host: '127.0.0.1', port: 0 });
const { key } = await openAdminClient(app, { scopes: ['verifications:write'] });

/** Runs the shell blocks of a page as one script, in a folder of its own, and returns what they print. */
async function runPage(t: TestContext, name: string, environment: Record<string, string> = {}): Promise<string> {
  const shell = blocks(await page(name), 'sh');
  t.diagnostic(`${shell.length} blocks`);
  assert.ok(shell.length > 0);
  const script = `set -eu\n${environment.BEFORE ?? ''}\n${shell.join('').replaceAll('curl -sS', 'curl -sS --fail-with-body')}`;
  const env = { PATH: process.env.PATH, VOUCH_URL: url, VOUCH_KEY: key, ...environment };
  const { stdout } = await run('sh', ['-c', script], { env, cwd: await emptyFolder(t) }).catch((error) =>
    assert.fail(`${script}\n${error.stdout}\n${error.stderr}`),
  );
  return stdout;
}

test('every command of verify-only.md works as it stands', async (t) => {
  assert.match(await runPage(t, 'verify-only'), /"status":"approved"/);
});

test('every command and the program of migration-from-twilio-verify.md work as they stand', async (t) => {
  app.clock.turn(31);
  assert.match(await runPage(t, 'migration-from-twilio-verify'), /"status":"pending"/);
  const [program = ''] = blocks(await page('migration-from-twilio-verify'), 'js');
  const file = join(await emptyFolder(t), 'program.cjs');
  await writeFile(file, program);
  const modules = fileURLToPath(new URL('../node_modules', import.meta.url));
  const env = { PATH: process.env.PATH, VOUCH_URL: url, VOUCH_KEY: key, NODE_PATH: modules };
  assert.equal((await run(process.execPath, [file], { env })).stdout, 'pending\npending false\n');
});

test('every command of mobile.md works as it stands', async (t) => {
  const number = anyNumber();
  const inbox = `${url}/dev/inbox.json?phone=${encodeURIComponent(number)}`;
  const code = `fetch('${inbox}').then((all) => all.json()).then((all) => console.log(all.messages[0].code))`;
  // the person reads the code
  const BEFORE = `read() { CODE=$(node -e "${code}"); }`;
  const printed = await runPage(t, 'mobile', { PHONE: number, CLIENT_ID: 'phone', BEFORE });
  assert.match(printed, /"code_length":6/);
  assert.match(printed, new RegExp(`"sub":"[^"]+","phone_number":"\\${number}"`));
  assert.match(printed, /device-token: vouchd_/i);
  assert.match(printed, new RegExp(`"phone_number":"\\${number}"`));
});
