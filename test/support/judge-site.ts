import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after } from 'node:test';
import type { OidcClient } from '../../src/config/oidc-client.ts';
import { createInbox } from '../../src/sms/inbox.ts';
import { openApp, type TestApp } from './harness.ts';
import { configured } from './oidc-client.ts';
import { TamperingProxy } from './tampering-proxy.ts';

/** The provider behind a proxy, as the libraries of apps meet it. */
export interface JudgeSite extends TestApp {
  /** The issuer. */
  readonly url: string;
  /** The redirect URI of its apps, on a server of its own. */
  readonly callback: string;
  readonly proxy: TamperingProxy;
}

/** A page of an app by its path, or the script of one. */
type AppPage = (path: string, issuer: string) => Promise<string>;

/** Opens the provider on the loopback interface, with apps whose redirect URI is on another port of it. */
export async function openJudgeSite(
  clients: readonly (Partial<OidcClient> & { readonly client_id: string })[],
  appPage: AppPage = async () => 'back at the app',
): Promise<JudgeSite> {
  const proxy = new TamperingProxy();
  const url = await proxy.listen();
  const home = await openHome((path) => appPage(path, url));
  const uris = { redirect_uris: [`${home}/cb`], post_logout_redirect_uris: [`${home}/bye`], first_party: true };
  const oidc = {
    clients: new Map(clients.map((client) => [client.client_id, configured({ ...uris, ...client })])),
    amr: ['otp', 'sms'],
  };
  const app = await openApp({ oidc, publicUrl: url, inbox: createInbox(), host: '127.0.0.1' });
  proxy.forwardTo(Number(new URL(await app.server.listen({ host: '127.0.0.1', port: 0 })).port));
  return { ...app, url, callback: `${home}/cb`, proxy };
}

/** The app that the browser comes back to. */
async function openHome(pageOf: (path: string) => Promise<string>): Promise<string> {
  const server = createServer(async (request, response) => {
    const path = request.url?.split('?')[0] ?? '/';
    response.setHeader('content-type', path.endsWith('.js') ? 'text/javascript' : 'text/html').end(await pageOf(path));
  }).listen(0, '127.0.0.1');
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
