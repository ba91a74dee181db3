import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readClients } from '../src/config/clients-file.ts';
import { openBrowser, openVisitor } from './support/browser.ts';
import { deepTest } from './support/depth.ts';
import { freePort } from './support/free-port.ts';
import { openApp } from './support/harness.ts';

const folder = fileURLToPath(new URL('../.github/conformance', import.meta.url));
const plan = JSON.parse(readFileSync(`${folder}/plan.json`, 'utf8'));
const problems: string[] = [];
const clients = readClients(`${folder}/clients.json`, (file) => readFileSync(file, 'utf8'), problems);

test('the clients of the conformance suite are registered with the secrets of its plan', () => {
  assert.deepEqual(problems, []);
  for (const { client_id: id, client_secret: secret } of [plan.client, plan.client2, plan.client_secret_post])
    assert.deepEqual(clients.get(id)?.secretHashes, [createHash('sha256').update(secret).digest('hex')], id);
});

deepTest('the plan of the conformance suite signs in through the pages, and its front adds PKCE', async () => {
  const port = await freePort();
  const publicUrl = `http://127.0.0.1:${port}`;
  const testNumbers = new Map([[plan.server.login_hint, '123456']]);
  const app = await openApp({ oidc: { clients, amr: ['otp'] }, publicUrl, testNumbers, host: '127.0.0.1' });
  const target = new URL(await app.server.listen({ host: '127.0.0.1', port: 0 }));
  const env = { PATH: process.env.PATH, PORT: String(port), VOUCH_PORT: target.port };
  const front = spawn(process.execPath, [`${folder}/front.mjs`], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  after(() => front.kill());
  await once(front.stdout, 'data');

  const { page } = await openVisitor(await openBrowser(), publicUrl, { javaScriptEnabled: false });
  const redirectUri = clients.get('suite')?.client.redirect_uris[0] ?? '';
  const back = page.waitForRequest((request) => request.url().startsWith(redirectUri));
  const query = new URLSearchParams({
    client_id: 'suite',
    response_type: 'code',
    scope: 'openid',
    redirect_uri: redirectUri,
    state: 'x',
    nonce: 'y',
  });
  await page.goto(`/oauth/auth?${query}`);
  for (const { commands } of plan.browser[0].tasks.slice(0, 2)) {
    const [[, , field, text], [, , button]] = commands;
    await page.fill(`input[name=${field}]`, text);
    await page.click(button);
  }
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    code: new URL((await back).url()).searchParams.get('code') ?? '',
    redirect_uri: redirectUri,
  });
  const basic = Buffer.from(`suite:${plan.client.client_secret}`).toString('base64');
  const answer = await fetch(`${publicUrl}/oauth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${basic}` },
    body,
  });
  assert.equal(answer.status, 200, await answer.text());
});
