import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { openBrowser, openSite, openVisitor } from './support/browser.ts';
import { anyNumber } from './support/harness.ts';

/** An app of another origin, as a reader of docs/quickstart/spa.md writes it. */
const program = `
import { createClient, webStorage } from '../packages/client/src/index.ts';
import { CodeField, PhoneField, useVouch } from '../packages/react/src/index.ts';
import { createRoot } from 'react-dom/client';
import { useState } from 'react';
const vouch = createClient({ url: window.vouchUrl, storage: webStorage(localStorage), locale: 'en' });
function App() {
  const signIn = useVouch(vouch);
  const [code, setCode] = useState('');
  if (signIn.step === 'signed_in') return <button id="out" onClick={signIn.signOut}>Sign out</button>;
  if (signIn.step === 'code') return <form>
    <label htmlFor="sms_code">Code</label>
    <CodeField value={code} onValue={setCode} length={signIn.pending.code_length} onComplete={(text) => signIn.verifyCode(text)}
      message={signIn.error?.detail} />
    <p id="wait">{signIn.resendIn}</p>
  </form>;
  const send = (event) => { event.preventDefault(); signIn.requestCode(new FormData(event.currentTarget).get('phone_number')); };
  return <form onSubmit={send}><label htmlFor="phone">Phone</label><PhoneField id="phone" /><button>Send</button></form>;
}
createRoot(document.getElementById('app')).render(<App />);
`;

const { outputFiles } = await build({
  stdin: { contents: program, loader: 'tsx', resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
  bundle: true,
  write: false,
  format: 'iife',
  jsx: 'automatic',
  jsxImportSource: 'react',
  define: { 'process.env.NODE_ENV': '"production"' },
});
const script = outputFiles[0]?.text ?? '';
let vouchUrl = '';
const server = createServer((_request, response) => {
  const start = `window.vouchUrl=${JSON.stringify(vouchUrl)}`;
  response.setHeader('content-type', 'text/html; charset=utf-8');
  response.end(`<!doctype html><html lang="en"><title>App</title><div id="app"></div><script>${start}</script>
    <script>${script.replaceAll('</script', '<\\/script')}</script>`);
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
after(() => server.close());
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

test('@vouch/react signs in from another origin: a number, a wrong code that is said, a pasted message, a reload', async () => {
  const site = await openSite({ allowedOrigins: new Set([origin]) });
  vouchUrl = site.url;
  const { page, problems } = await openVisitor(await openBrowser(), origin);
  const phone = anyNumber();
  await page.goto('/');
  await page.waitForSelector('#phone');
  assert.deepEqual(
    await page.$eval('#phone', (field) =>
      ['type', 'autocomplete', 'inputmode'].map((name) => field.getAttribute(name)),
    ),
    ['tel', 'tel', 'tel'],
  );
  await page.fill('#phone', phone);
  await page.press('#phone', 'Enter');
  await page.waitForSelector('#sms_code');
  assert.deepEqual(
    await page.$eval('#sms_code', (field) => ['autocomplete', 'inputmode'].map((name) => field.getAttribute(name))),
    ['one-time-code', 'numeric'],
  );
  assert.ok(Number(await page.textContent('#wait')) > 0);
  const code = site.codeFor(phone);
  const wrong = code === '000000' ? '111111' : '0'.repeat(code.length);
  await page.fill('#sms_code', wrong);
  await page.waitForSelector('#sms_code[aria-invalid=true]');
  assert.match((await page.textContent('output[aria-live=polite]')) ?? '', /code/i);
  await page.reload();
  await page.waitForSelector('#sms_code');
  await page.fill('#sms_code', `Your code is ${code}. Tell it to nobody in 2026.`);
  await page.waitForSelector('#out');
  await page.reload();
  await page.click('#out');
  await page.waitForSelector('#phone');
  assert.deepEqual(problems, []);
});
