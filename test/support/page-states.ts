import type { Inbox } from '../../src/sms/inbox.ts';
import type { Sent } from '../../src/sms/provider.ts';
import { insertingAccounts } from './accounts.ts';
import { appStates } from './app-states.ts';
import { openSite } from './browser.ts';
import { anyNumber } from './harness.ts';
import type { HtmlClient } from './html-client.ts';
import { lookingOidc } from './oidc-look.ts';
import { clientOf, type PageState, type Sites, takeOver, type Visit } from './page-visit.ts';
import { testProvider } from './test-deliveries.ts';

/** Opens the product in its four conditions, over one database. */
export async function openSites(): Promise<Sites> {
  const providers = [testProvider('console'), testProvider('messenger', undefined, { channel: 'telegram' })];
  const forwardAuth = {
    returnOrigins: new Set(['https://wiki.example.com']),
    cookieDomain: undefined,
    withNumber: false,
  };
  const usual = await openSite({ sending: { providers }, oidc: lookingOidc, forwardAuth });
  const { databaseUrl } = usual;
  const refuse = async (): Promise<Sent> => ({ ok: false, error: 'rejected', reason: 'no such number' });
  const inbox: Inbox = { messages: () => Promise.reject(new Error('the inbox cannot be read')), add: () => {} };
  const failing = await openSite({ databaseUrl, sending: { providers: [testProvider('failing', refuse)] } });
  const full = await openSite({ databaseUrl, inbox, dailyMax: [{ country: '*', unit: 'messages', max: 0 }] });
  const overloaded = await openSite({ databaseUrl, concurrencyBounds: { min: 0, max: 0, initial: 0 } });
  return { usual, failing, full, overloaded };
}

async function goSignedIn(visit: Visit, path: string, prepare = async (_: HtmlClient): Promise<unknown> => undefined) {
  const { usual } = visit.sites;
  const client = clientOf(visit, usual);
  await client.signIn(anyNumber());
  await prepare(client);
  await takeOver(visit, usual, client);
  await visit.page.goto(usual.url + path);
}

/** The page of the code, as soon as it is known what became of the message. */
async function goToCode(visit: Visit, { site = visit.sites.usual } = {}): Promise<string> {
  const client = clientOf(visit, site);
  const number = anyNumber();
  await client.post('/', { phone_number: number });
  while (site.deliveries.load.sending > 0) await new Promise(setImmediate);
  await takeOver(visit, site, client);
  await visit.page.goto(`${site.url}/confirm/`);
  return site.codeFor(number);
}

/** Submits a field of the page, which answers with an error. */
async function submitWrong({ page }: Visit, field: string, value: string): Promise<void> {
  await page.fill(field, value);
  await page.press(field, 'Enter');
  await page.waitForSelector('.summary');
}

const codeIn = async (client: HtmlClient) => /\/i\/(\w+)/.exec((await client.get('/account/')).html)?.[1] ?? '';

const redeem = async (client: HtmlClient, invite_code: string) =>
  client.submit(await client.get('/account/'), '/account/invite_code', { invite_code });

/** The code of an account that this visit has not signed in to, and that has redeemed the code `invitedBy`, if any. */
async function strangersCode(visit: Visit, invitedBy?: string): Promise<string> {
  const stranger = clientOf(visit, visit.sites.usual);
  await stranger.signIn(anyNumber());
  if (invitedBy) await redeem(stranger, invitedBy);
  return codeIn(stranger);
}

/** Signs in, and opens an invite link whose code is found meanwhile. */
async function openLinkSignedIn(visit: Visit, findCode: (client: HtmlClient) => Promise<string>): Promise<void> {
  let code = '';
  await goSignedIn(visit, '/account/', async (client) => {
    code = await findCode(client);
  });
  await visit.page.goto(`${visit.sites.usual.url}/i/${code}`);
}

/**
 * Sends the next request of the page to a server that refuses it; style and script come from the usual one. The route stays:
 * taking the last one away while the page loads can leave its requests waiting for good.
 */
async function overload({ page, sites: { usual, overloaded } }: Visit): Promise<void> {
  let isNext = true;
  await page.route(`${usual.url}/`, async (route) => {
    if (!isNext) return route.fallback();
    isNext = false;
    const headers = { ...(await route.request().allHeaders()), host: '', origin: overloaded.url };
    const response = await route.fetch({ url: `${overloaded.url}/`, headers, maxRetries: 0 });
    await route.fulfill({ response });
  });
}

async function inviteTwelve({ sites }: Visit, code: string): Promise<void> {
  const rows = `select gen_random_uuid() as id, '+7999' || (random() * 9e6 + 1e6)::int as phone_number,
      now() - n * interval '1 day' as created_at,
      (select string_agg(substr('23456789BCDFGHJKMNPQRSTVWXZ', 1 + floor(random() * 27)::int, 1), '')
        from generate_series(1, 6) where n > 0) as code
    from generate_series(1, 12) n`;
  await sites.usual.sql.unsafe(insertingAccounts(rows, `'${code}'`));
}

const goHome = (visit: Visit) => visit.page.goto(`${visit.sites.usual.url}/`);

async function searchCountry(visit: Visit, text: string): Promise<void> {
  await goHome(visit);
  await visit.page.click('#country');
  await visit.page.fill('#country', text);
  await visit.page.waitForSelector('#countries:not(:has(li:nth-child(20))) > li');
}

const number: PageState[] = [
  { name: 'number', reach: goHome },
  { name: 'number, countries found', reach: (visit) => searchCountry(visit, 'ge') },
  { name: 'number, no such country', reach: (visit) => searchCountry(visit, 'zzz') },
  {
    name: 'number, language menu',
    reach: async (visit) => {
      await goHome(visit);
      await visit.page.click('.tongues summary');
    },
  },
  {
    name: 'number, error',
    reach: async (visit) => {
      await goHome(visit);
      await submitWrong(visit, '#phone_number', 'nonsense');
    },
  },
  {
    name: 'number, two readings',
    reach: async (visit) => {
      await goHome(visit);
      await visit.page.evaluate(`document.querySelector('#region_code').options[0].value = 'US'`);
      await visit.page.selectOption('#region_code', { index: 0 }, { force: true });
      await submitWrong(visit, '#phone_number', '659 223 4567');
    },
  },
  {
    name: 'number, no channel',
    reach: async (visit) => {
      await visit.page.goto(`${visit.sites.full.url}/`);
      await submitWrong(visit, '#phone_number', anyNumber());
    },
  },
  {
    name: 'number, signed out',
    reach: (visit) =>
      goSignedIn(visit, '/', async (client) => {
        await client.submit(await client.get('/account/'), '/logout/');
      }),
  },
  {
    name: 'number, invited',
    reach: async (visit) => visit.page.goto(`${visit.sites.usual.url}/i/${await strangersCode(visit)}`),
  },
  { name: 'number, invite does not work', reach: ({ page, sites }) => page.goto(`${sites.usual.url}/i/nobody`) },
];

const code: PageState[] = [
  { name: 'code', reach: (visit) => goToCode(visit) },
  {
    name: 'code, error',
    reach: async (visit) => {
      const right = await goToCode(visit);
      await visit.page.fill('#sms_code', right === '000000' ? '000001' : '000000');
      await visit.page.waitForSelector('[aria-invalid=true]');
    },
  },
  {
    name: 'code, help',
    reach: async (visit) => {
      await goToCode(visit);
      await visit.page.click('.help summary');
    },
  },
  { name: 'code, not sent', reach: (visit) => goToCode(visit, { site: visit.sites.failing }) },
  {
    name: 'code, expired',
    reach: async (visit) => {
      const { clock } = visit.sites.usual;
      await goToCode(visit);
      clock.turn(601);
      await visit.page.reload();
      clock.turn(-601);
    },
  },
  {
    name: 'code, expired while open',
    reach: async (visit) => {
      await visit.page.route('**/confirm/', async (route) => {
        const response = await route.fetch();
        const body = (await response.text())
          .replace(/data-expires="\d+"/, 'data-expires="0.2"')
          .replace(/ data-wait="\d+"/, '');
        await route.fulfill({ response, body });
      });
      await goToCode(visit);
      await visit.page.waitForSelector('#sms_code', { state: 'hidden' });
      await visit.page.unroute('**/confirm/');
    },
  },
];

const account: PageState[] = [
  { name: 'account', reach: (visit) => goSignedIn(visit, '/account/') },
  {
    name: 'account, invited',
    reach: (visit) =>
      goSignedIn(visit, '/account/', async (client) => {
        await inviteTwelve(visit, await codeIn(client));
      }),
  },
  {
    name: 'account, saved',
    reach: (visit) =>
      goSignedIn(visit, '/account/', async (client) => {
        await client.submit(await client.get('/account/'), '/account/profile', { first_name: 'Ada' });
      }),
  },
  {
    name: 'account, error',
    reach: async (visit) => {
      await goSignedIn(visit, '/account/');
      await submitWrong(visit, '#email', 'nonsense');
    },
  },
  {
    name: 'account, refused invite',
    reach: async (visit) => {
      await goSignedIn(visit, '/account/');
      await submitWrong(visit, '#invite_code', 'nonsense');
    },
  },
  {
    name: 'account, offered invite',
    reach: (visit) =>
      goSignedIn(visit, '/account/', async (client) => {
        await client.get(`/i/${await strangersCode(visit)}`);
      }),
  },
  {
    name: 'account, accepted invite',
    reach: (visit) =>
      goSignedIn(visit, '/account/', async (client) => {
        await redeem(client, await strangersCode(visit));
      }),
  },
  { name: 'erasing', reach: (visit) => goSignedIn(visit, '/account/delete/') },
  {
    name: 'erasing, a new code is needed',
    reach: async (visit) => {
      await goSignedIn(visit, '/account/delete/');
      visit.sites.usual.clock.turn(301);
      await visit.page.click('.button.danger');
      await visit.page.waitForSelector('.button:not(.danger)');
      visit.sites.usual.clock.turn(-301);
    },
  },
  {
    name: 'erased',
    reach: (visit) =>
      goSignedIn(visit, '/', async (client) => {
        await client.submit(await client.get('/account/delete/'), '/account/delete');
      }),
  },
  { name: 'signing out', reach: (visit) => goSignedIn(visit, '/logout/') },
];

const links: PageState[] = [
  {
    name: 'invite, to accept',
    reach: async (visit) => goSignedIn(visit, `/i/${await strangersCode(visit)}`),
  },
  {
    name: 'invite, own',
    reach: async (visit) => {
      await goSignedIn(visit, '/account/');
      await visit.page.click('.invite-link > a');
      await visit.page.waitForURL('**/i/*');
    },
  },
  { name: 'invite, does not work', reach: (visit) => goSignedIn(visit, '/i/nobody') },
  {
    name: 'invite, accepted before',
    reach: (visit) =>
      openLinkSignedIn(visit, async (client) => {
        const code = await strangersCode(visit);
        await redeem(client, code);
        return code;
      }),
  },
  {
    name: 'invite, another accepted before',
    reach: (visit) =>
      openLinkSignedIn(visit, async (client) => {
        await redeem(client, await strangersCode(visit));
        return strangersCode(visit);
      }),
  },
  {
    name: 'invite, of an invited person',
    reach: (visit) => openLinkSignedIn(visit, async (client) => strangersCode(visit, await codeIn(client))),
  },
];

const other: PageState[] = [
  { name: 'not found', reach: ({ page, sites }) => page.goto(`${sites.usual.url}/nothing-here`) },
  {
    name: 'refused, details',
    reach: async (visit) => {
      const { page, sites } = visit;
      await page.goto('about:blank');
      await page.setContent(`<form method="post" action="${sites.usual.url}/"></form>`);
      await page.evaluate('document.forms[0].submit()');
      await page.click('main summary');
    },
  },
  {
    name: 'overloaded',
    reach: async (visit) => {
      await overload(visit);
      await goHome(visit);
    },
  },
  {
    name: 'overloaded, a form to send again',
    reach: async (visit) => {
      await goHome(visit);
      await overload(visit);
      await visit.page.fill('#phone_number', anyNumber());
      await visit.page.press('#phone_number', 'Enter');
      await visit.page.waitForSelector('main form:not(:has(#phone_number))');
    },
  },
  { name: 'server error', reach: ({ page, sites }) => page.goto(`${sites.full.url}/dev/inbox`) },
  {
    name: 'inbox',
    reach: async (visit) => {
      const { sites, page } = visit;
      const number = anyNumber();
      await clientOf(visit, sites.usual).post('/', { phone_number: number });
      while (sites.usual.deliveries.load.sending > 0) await new Promise(setImmediate);
      await page.goto(`${sites.usual.url}/dev/inbox?phone=${encodeURIComponent(number)}`);
    },
  },
  { name: 'inbox, empty', reach: ({ page, sites }) => page.goto(`${sites.usual.url}/dev/inbox?phone=nobody`) },
  { name: 'problem', reach: ({ page, sites }) => page.goto(`${sites.usual.url}/problems/wrong_code`) },
];

/** Every state of every page that a person can see, by the order of a journey. */
export const pageStates: readonly PageState[] = [...number, ...code, ...account, ...links, ...appStates, ...other];
