import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyNumber, openApp, withToken } from './support/harness.ts';
import { HtmlClient } from './support/html-client.ts';

const app = await openApp();
const day = 86_400;
const year = 365 * day;
const moments = [
  ['a second before', -1000, true],
  ['a second after', 1000, false],
] as const;

/** Lets the clock of the app run again, from where it stands. */
const goOn = () => app.clock.turn(0);

function ask(number: string, headers: Record<string, string> = {}) {
  return app.call('POST', '/api/request-sms/', { phone_number: number }, headers);
}

function verify(number: string, headers: Record<string, string> = {}) {
  const entered = { phone_number: number, sms_code: app.codeFor(number) };
  return app.call('POST', '/api/verify-sms/', entered, headers);
}

async function signIn(number = anyNumber()) {
  await ask(number);
  const answer = await verify(number);
  assert.equal(answer.statusCode, 201, answer.body);
  return { number, token: answer.data.token as string, device: String(answer.headers['device-token']) };
}

/** The one row of a person's in a table, its times in ms since 1970. */
async function rowOf(table: 'session' | 'trusted_device', number: string): Promise<Record<string, number>> {
  const rows = await app.sql`select t.* from ${app.sql(table)} t join account a on a.id = t.account_id
    where a.phone_number = ${number}`;
  assert.equal(rows.length, 1);
  const times = Object.entries(rows[0]!).filter(([, value]) => value instanceof Date);
  return Object.fromEntries(times.map(([name, value]) => [name, (value as Date).getTime()]));
}

async function challengeOf(number: string, device_trust = 'unknown_device') {
  const [row] = await app.sql`select sent_at[1] as sent, expires_at as ends, guesses from challenge
    where phone_number = ${number} and device_trust = ${device_trust}`;
  return { sent: row!.sent.getTime(), ends: row!.ends.getTime(), guesses: row!.guesses };
}

test('a code signs in until a second before its ten minutes are over, and by no door a second after', async () => {
  for (const [when, offset, works] of moments) {
    for (const door of ['API', 'page', 'known device'] as const) {
      for (const resent of [false, true]) {
        goOn();
        const what = `${when}, ${door}${resent ? ', sent again' : ''}`;
        const number = anyNumber();
        const headers: Record<string, string> = {};
        if (door === 'known device') headers['device-token'] = (await signIn(number)).device;
        const device_trust = door === 'known device' ? 'known_device' : 'unknown_device';
        const visit = new HtmlClient(app);
        if (door === 'page') await visit.post('/', { phone_number: number });
        else assert.equal((await ask(number, headers)).statusCode, 201, what);
        const { sent, ends } = await challengeOf(number, device_trust);
        assert.equal(ends - sent, 600_000, what);
        if (resent) {
          app.clock.turn(61);
          if (door === 'page') await visit.post('/confirm/resend');
          else assert.equal((await ask(number, headers)).statusCode, 201, what);
          assert.equal((await challengeOf(number, device_trust)).ends, ends, what);
        }
        app.clock.stop(ends + offset);
        if (door === 'page') {
          const entered = await visit.post('/confirm/', { sms_code: app.codeFor(number) });
          assert.equal(entered.location, works ? '/account/' : undefined, what);
          assert.equal(visit.cookies.has('__Host-session'), works, what);
        } else {
          assert.equal((await verify(number, headers)).statusCode, works ? 201 : 400, what);
        }
      }
    }
  }
  goOn();
});

test('a session lives until a second before thirty days without use or a year in all, and by no door a second after', async () => {
  const doors: Record<string, (token: string) => Promise<boolean>> = {
    profile: (token) => opens('GET', '/api/users/me', token),
    sessions: (token) => opens('GET', '/api/users/me/sessions', token),
    invited: (token) => opens('GET', '/api/users/me/invited', token),
    change: (token) => opens('PATCH', '/api/users/me', token, { first_name: 'Анна' }),
    redeem: (token) => opens('PATCH', '/api/users/me/invite_code', token, {}),
    logout: (token) => opens('POST', '/api/auth/token/logout/', token),
    page: async (token) => {
      const visit = new HtmlClient(app);
      visit.cookies.set('__Host-session', token);
      return (await visit.get('/account/')).status === 200;
    },
    form: async (token) => {
      const visit = new HtmlClient(app);
      visit.cookies.set('__Host-session', token);
      return (await visit.post('/account/profile', { first_name: 'Анна' })).location === '/account/';
    },
  };
  for (const [when, offset, lives] of moments) {
    for (const [door, enters] of Object.entries(doors)) {
      for (const end of ['idle', 'old'] as const) {
        goOn();
        const { number, token } = await signIn();
        const { created_at, last_used_at, expires_at } = await rowOf('session', number);
        assert.equal(expires_at! - created_at!, year * 1000);
        if (end === 'old') {
          await app.sql`update session s set last_used_at = expires_at - interval '1 hour' from account a
            where a.id = s.account_id and a.phone_number = ${number}`;
        }
        app.clock.stop((end === 'old' ? expires_at! : last_used_at! + 30 * day * 1000) + offset);
        assert.equal(await enters(token), lives, `${when}, ${end}, ${door}`);
      }
    }
  }
  goOn();
});

test('a device is trusted until a second before a year after its last sign-in, and not a second after', async () => {
  for (const [when, offset, trusted] of moments) {
    goOn();
    const { number, device } = await signIn();
    const { last_used_at } = await rowOf('trusted_device', number);
    const shown = { 'device-token': device };
    app.clock.stop(last_used_at! + year * 1000 + offset);
    const statuses = [(await ask(number)).statusCode, (await ask(number)).statusCode];
    assert.deepEqual(statuses, [201, 429], `${when} a stranger may ask once`);
    assert.equal((await ask(number, shown)).statusCode, trusted ? 201 : 429, `${when} it may ask besides`);
    const again = await verify(number, shown);
    assert.equal(again.statusCode, 201);
    assert.equal(again.headers['device-token'] === device, trusted, `${when} it keeps its token`);
  }
  goOn();
});

test('an invite that a link left works until a second before seven days are over, and not a second after', async () => {
  const owner = await signIn();
  const { referal_code: code } = (await app.call('GET', '/api/users/me', undefined, withToken(owner.token))).data;
  /** A browser that has opened the link, and the time at which the invite ends. */
  const opened = async () => {
    const visit = new HtmlClient(app);
    const link = await visit.get(`/i/${code}`);
    const [, seconds] = /^\w+-(\d+)-/.exec(visit.cookies.get('__Host-invite')!)!;
    assert.match(link.setCookies.find((one) => one.startsWith('__Host-invite='))!, /; Max-Age=604800;/);
    return { visit, ends: Number(seconds) * 1000 + 7 * day * 1000 };
  };
  for (const [when, offset, works] of moments) {
    goOn();
    const first = await opened();
    app.clock.stop(first.ends + offset);
    assert.equal((await first.visit.get('/')).html.includes(code), works, `${when}, the first page`);

    goOn();
    const known = await opened();
    known.visit.cookies.set('__Host-session', (await signIn()).token);
    app.clock.stop(known.ends + offset);
    assert.equal((await known.visit.get('/account/')).html.includes(code), works, `${when}, offered`);

    goOn();
    const newcomer = await opened();
    const number = anyNumber();
    app.clock.stop(newcomer.ends - 60_000);
    await newcomer.visit.post('/', { phone_number: number });
    app.clock.stop(newcomer.ends + offset);
    await newcomer.visit.post('/confirm/', { sms_code: app.codeFor(number) });
    const token = newcomer.visit.cookies.get('__Host-session')!;
    const { data } = await app.call('GET', '/api/users/me', undefined, withToken(token));
    assert.equal(data.invite_code, works ? code : null, `${when}, signing up`);
  }
  goOn();
});

test('an account is erased until a second before five minutes after entering a code, and not a second after', async () => {
  for (const [when, offset, works] of moments) {
    for (const door of ['API', 'page'] as const) {
      goOn();
      const { number, token } = await signIn();
      const { created_at } = await rowOf('session', number);
      const visit = new HtmlClient(app);
      visit.cookies.set('__Host-session', token);
      app.clock.stop(created_at! + 300_000 + offset);
      if (door === 'API') await app.call('DELETE', '/api/users/me', undefined, withToken(token));
      else await visit.post('/account/delete/');
      const left = await app.sql`select from account where phone_number = ${number}`;
      assert.equal(left.length === 0, works, `${when}, ${door}`);
    }
  }
  goOn();
});

test('a browser keeps each cookie of ours for its time and no longer', async () => {
  const { token } = await signIn();
  const { referal_code: code } = (await app.call('GET', '/api/users/me', undefined, withToken(token))).data;
  const number = anyNumber();
  const visit = new HtmlClient(app);
  const seen = [await visit.get('/'), await visit.get(`/i/${code}`), await visit.post('/', { phone_number: number })];
  seen.push(await visit.post('/confirm/', { sms_code: app.codeFor(number) }));
  app.clock.turn(301);
  seen.push(await visit.post('/account/delete/'), await visit.post('/language/', { language: 'en' }));
  const ages: Record<string, number> = {};
  for (const cookie of seen.flatMap(({ setCookies }) => setCookies)) {
    const [, name = '', age = ''] = /^__Host-([a-z]+)=[^;]*; Max-Age=(\d+);/.exec(cookie) ?? [];
    if (age !== '0') ages[name] = Number(age);
  }
  assert.deepEqual(ages, {
    visit: year,
    invite: 7 * day,
    pending: 1200,
    session: 400 * day,
    device: year,
    erase: 600,
    language: year,
  });
});

async function opens(method: string, url: string, token: string, body?: object): Promise<boolean> {
  const { statusCode, body: text } = await app.call(method, url, body, withToken(token));
  assert.ok(statusCode === 401 || statusCode < 300, text);
  return statusCode < 300;
}
