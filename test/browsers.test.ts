import assert from 'node:assert/strict';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { networkInterfaces } from 'node:os';
import { after } from 'node:test';
import { certificateAuthority } from './support/certificates.ts';
import { testOf } from './support/depth.ts';
import { freePort } from './support/free-port.ts';
import { freshDatabase, openApp, type TestApp } from './support/harness.ts';
import { browsers, type Running } from './support/installed-browsers.ts';
import { missingProgram } from './support/installed-programs.ts';
import { takeJourney } from './support/page-journey.ts';
import { nginxSettings, startProxy } from './support/proxy-process.ts';

const databaseUrl = await freshDatabase();

/** A certificate that no browser trusts, as a company may have it on its own network. */
const certified = certificateAuthority().issue('localhost', { dns: ['localhost'] });
const beside = { 'cert.pem': certified.cert, 'key.pem': certified.key };

/** As docs/scale.md and README.md have them, with TLS. */
const settings: Record<'nginx' | 'caddy', (port: number, server: string) => string> = {
  nginx: (port, server) => {
    const tls = 'ssl_certificate cert.pem; ssl_certificate_key key.pem;';
    return nginxSettings(`127.0.0.1:${port} ssl http2`, [server], tls);
  },
  caddy: (port, server) => `
{
  admin off
  auto_https off
}
https://localhost:${port} {
  bind 127.0.0.1
  tls cert.pem key.pem
  reverse_proxy ${server}
}
`,
};

/** An address of this machine at which a browser does not take plain http for safe, as it does at the loopback. */
const address = Object.values(networkInterfaces())
  .flat()
  .find((one) => one?.family === 'IPv4' && !one.internal)?.address;

/** Where the product is reached: a part of the name of a test, and why it is not reached there or else how. */
type Place = readonly [name: string, missing: false | string, reached: Reached | undefined];
type Reached = { app: TestApp; url: string; publicUrl: string; isSafe: boolean };

const publicUrl = 'http://localhost:8000';
const plain = await openApp({ databaseUrl, publicUrl });
const { port } = new URL(await plain.server.listen({ host: '0.0.0.0', port: 0 }));

const places: readonly Place[] = [
  ['over http at the loopback', false, { app: plain, publicUrl, url: `http://127.0.0.1:${port}`, isSafe: true }],
  [
    'over http at an address of the network',
    address === undefined && 'this machine has no address but those of the loopback',
    { app: plain, publicUrl, url: `http://${address}:${port}`, isSafe: false },
  ],
  ['over https behind nginx', missingProgram('nginx'), missingProgram('nginx') ? undefined : await behind('nginx')],
  ['over https behind Caddy', missingProgram('caddy'), missingProgram('caddy') ? undefined : await behind('caddy')],
];

for (const browser of browsers) {
  let running: Promise<Running> | undefined;
  after(async () => (await running)?.close());
  for (const [place, unreached, reached] of places) {
    const isTriedWithout = browser.canDoWithoutScripts && reached?.isSafe === false;
    for (const runsScripts of isTriedWithout ? [true, false] : [true]) {
      const name = `${browser.name} takes a person through the pages ${place}${runsScripts ? '' : ', without JavaScript'}`;
      // the place where browsers differ most from the loopback, where `journey.test.ts` does without JavaScript; the deep
      // run tries all pairs
      const isFirst = browser.name === 'Chromium' && place.includes('network') && runsScripts;
      testOf(isFirst)(name, { skip: browser.missing || unreached }, async () => {
        running ??= browser.open();
        await journey(await running, reached!, runsScripts);
      });
    }
  }
}

async function journey(browser: Running, reached: Reached, runsScripts: boolean): Promise<void> {
  const { app, url, publicUrl, isSafe } = reached;
  const forms: IncomingHttpHeaders[] = [];
  const note = ({ method, headers }: IncomingMessage) => void (method === 'POST' && forms.push(headers));
  app.server.server.on('request', note);
  const person = await browser.visit(url, runsScripts ? {} : { javaScriptEnabled: false });
  await takeJourney(person, { url, publicUrl, runsScripts, codeFor: app.codeFor });
  await person.leave();
  app.server.server.off('request', note);
  assert.ok(forms.length >= 7, `${forms.length} forms`);
  for (const { origin, 'sec-fetch-site': site } of forms) {
    assert.deepEqual(
      { origin, site },
      { origin: url, site: isSafe ? 'same-origin' : undefined },
      'what a form is known by',
    );
  }
}

/** What stands before the product and speaks TLS for it, and the product that knows of it. */
async function behind(proxy: 'nginx' | 'caddy'): Promise<Reached> {
  const port = await freePort();
  const url = `https://localhost:${port}`;
  const app = await openApp({ databaseUrl, publicUrl: url, trustProxy: ['127.0.0.1'] });
  const server = new URL(await app.server.listen({ host: '127.0.0.1', port: 0 })).host;
  await startProxy(proxy, port, settings[proxy](port, server), beside);
  return { app, url, publicUrl: url, isSafe: true };
}
