import type { Route } from 'playwright-core';
import { anyNumber } from './harness.ts';
import { authRequest, post } from './oidc-client.ts';
import { clientOf, type PageState, takeOver, type Visit } from './page-visit.ts';

const open = ({ page, sites }: Visit, path: string) => page.goto(sites.usual.url + path);

/** Signs a browser in, and opens the page of consent of an app. */
async function goToConsent(visit: Visit): Promise<void> {
  const client = clientOf(visit, visit.sites.usual);
  await client.signIn(anyNumber());
  await takeOver(visit, visit.sites.usual, client);
  await open(visit, authRequest('bakery').url);
  await visit.page.waitForSelector('button[name=answer]');
}

/** Begins a sign-in for an app, and asks for its code; the browser keeps its cookies. */
async function askForApp(visit: Visit, path: string) {
  const { usual } = visit.sites;
  const [client, number] = [clientOf(visit, usual), anyNumber()];
  let page = await client.get(path);
  while (page.location) page = await client.get(page.location);
  await client.submit(page, '/', { phone_number: number });
  while (usual.deliveries.load.sending > 0) await new Promise(setImmediate);
  return { client, number };
}

/** Opens the page between the sign-in and the app, and stays there: a response without content changes no page. */
async function goToReturn(visit: Visit, path: string, target: string): Promise<void> {
  const { usual } = visit.sites;
  const { client, number } = await askForApp(visit, path);
  await client.submit(await client.get('/confirm/'), '/confirm/', { sms_code: usual.codeFor(number) });
  await takeOver(visit, usual, client);
  const left = new Promise<void>((resolve) => {
    const stay = (route: Route) => route.fulfill({ status: 204 }).then(resolve);
    void visit.page.route(target, stay).then(() => open(visit, '/continue/'));
  });
  await left;
  await visit.page.unroute(target);
}

/** Signs a browser in, and types the code of a device. */
async function goToDevice(visit: Visit): Promise<void> {
  const { usual } = visit.sites;
  const client = clientOf(visit, usual);
  await client.signIn(anyNumber());
  await takeOver(visit, usual, client);
  const { body } = await post(usual, '/oauth/device/auth', 'tv', { client_id: 'tv', scope: 'openid phone' });
  await open(visit, '/oauth/device');
  await visit.page.fill('#user_code', body.user_code);
  await visit.page.press('#user_code', 'Enter');
  await visit.page.waitForSelector('button[name=confirm]');
}

/** Opens the question of a sign-out that an app asks for. */
async function goToLogout(visit: Visit): Promise<void> {
  await goToConsent(visit);
  await open(visit, '/oauth/logout?client_id=bakery');
  await visit.page.waitForSelector('button[name=logout]');
}

/** The pages of sign-ins for apps, by the order of a journey. */
export const appStates: readonly PageState[] = [
  { name: 'app, number', reach: (visit) => open(visit, authRequest('bakery').url) },
  {
    name: 'app, number of a hint',
    isDear: true,
    reach: (visit) => open(visit, authRequest('bakery', { login_hint: '+79161234567' }).url),
  },
  {
    name: 'app, code',
    isDear: true,
    reach: async (visit) => {
      const { client } = await askForApp(visit, authRequest('bakery').url);
      await takeOver(visit, visit.sites.usual, client);
      await open(visit, '/confirm/');
    },
  },
  {
    name: 'app, signed in',
    reach: (visit) => goToReturn(visit, authRequest('bakery').url, '**/oauth/interaction/**'),
  },
  { name: 'app, consent', reach: goToConsent },
  {
    name: 'app, error',
    reach: (visit) => open(visit, authRequest('shop', { redirect_uri: 'https://evil.example/' }).url),
  },
  { name: 'app, expired', isDear: true, reach: (visit) => open(visit, '/oauth/interaction/none') },
  {
    name: 'app, a button to go on',
    isDear: true,
    reach: (visit) => open(visit, '/oauth/device?user_code=BCDF-GHJK'),
  },
  { name: 'app, signing out', isDear: true, reach: goToLogout },
  {
    name: 'app, signed out',
    isDear: true,
    reach: async (visit) => {
      await goToLogout(visit);
      await visit.page.click('button[name=logout]');
      await visit.page.waitForURL('**/oauth/logout/success**');
    },
  },
  { name: 'device, code', reach: (visit) => open(visit, '/oauth/device') },
  {
    name: 'device, wrong code',
    isDear: true,
    reach: async (visit) => {
      await open(visit, '/oauth/device');
      await visit.page.fill('#user_code', 'BCDF-GHJK');
      await visit.page.press('#user_code', 'Enter');
      await visit.page.waitForSelector('[role=alert]');
    },
  },
  { name: 'device, warning', reach: goToDevice },
  {
    name: 'device, stopped',
    isDear: true,
    reach: async (visit) => {
      await goToDevice(visit);
      await visit.page.click('button[name=abort]');
      await visit.page.waitForSelector('main:not(:has(form))');
    },
  },
  {
    name: 'device, connected',
    isDear: true,
    reach: async (visit) => {
      await goToDevice(visit);
      await visit.page.click('button[name=confirm]');
      await visit.page.click('button[value=allow]');
      await visit.page.waitForSelector('main:not(:has(form)):not(:has(a))');
    },
  },
  { name: 'return, number', isDear: true, reach: (visit) => open(visit, '/?return_to=https://wiki.example.com/page') },
  {
    name: 'return, signed in',
    reach: (visit) => goToReturn(visit, '/?return_to=https://wiki.example.com/page', 'https://wiki.example.com/**'),
  },
];
