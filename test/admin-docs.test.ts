import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { scopes } from '../src/operators/act.ts';
import { openAdminClient } from './support/admin-client.ts';
import { emptyFolder } from './support/embedded-database.ts';
import { openApp } from './support/harness.ts';

const text = await readFile(new URL('../docs/operator/management-api.md', import.meta.url), 'utf8');

test('the page of the management API names every scope', () => {
  for (const scope of scopes) assert.ok(text.includes(`\`${scope}\``), scope);
});

test('every example of the page of the management API works as it stands', async (t) => {
  const app = await openApp({ managementApi: true });
  const { key } = await openAdminClient(app);
  const url = await app.server.listen({ host: '127.0.0.1', port: 0 });
  const cwd = await emptyFolder(t);
  const examples = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, example = '']) => example);
  t.diagnostic(`${examples.length} examples`);
  assert.ok(examples.length > 0);
  for (const example of examples) {
    const script = `set -eu\n${example.replaceAll('curl -sS', 'curl -sS --fail-with-body')}`;
    const env = { PATH: process.env.PATH, VOUCH_URL: url, VOUCH_KEY: key };
    await promisify(execFile)('sh', ['-c', script], { env, cwd }).catch((error) =>
      assert.fail(`${example}\n${error.stdout}\n${error.stderr}`),
    );
  }
});
