// Takes seconds: `npm run test:fast` leaves this file out.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { languages } from '../src/kit/language.ts';
import { networkGuesses } from '../src/limits/rules.ts';
import { createInbox } from '../src/sms/inbox.ts';
import { openAppWithRoutes } from './support/app-routes.ts';
import { type Answer, anyNumber, openApp, withToken } from './support/harness.ts';
import { HtmlClient } from './support/html-client.ts';

const [app, names] = await openAppWithRoutes(() => openApp({ inbox: createInbox(), trustProxy: 1 }));

type Step = () => Promise<{ status: number }>;

/** What is tried at a door, again and again, until it is refused; and whether what is refused then would be right. */
interface Trying {
  readonly most: number;
  readonly wrong: () => Promise<Step>;
}

const statusOf = async (answer: Promise<Answer>) => ({ status: (await answer).statusCode });
const wrongFor = (number: string) => (app.codeFor(number) === '000000' ? '000001' : '000000');

async function asked(): Promise<{ phone_number: string; challenge: string }> {
  const number = anyNumber();
  const from = { 'x-forwarded-for': anyAddress() };
  const answer = await app.call('POST', '/api/request-sms/', { phone_number: number }, from);
  assert.equal(answer.statusCode, 201);
  return { phone_number: number, challenge: answer.data.challenge };
}

/** Uses up all but fifteen guesses of a client network that belong to no challenge. */
async function guessedFrom(address: string): Promise<void> {
  const used = (networkGuesses.quota - 15) / networkGuesses.quota;
  await app.sql`insert into rate_limit (key, tat) values (${`guess:${address}`},
    now() + ${app.clock.aheadMs}::float8 * interval '1 ms' + ${used * networkGuesses.windowSeconds} * interval '1 s')`;
}

let addresses = 0;

/** An address that no other request of this file comes from. */
function anyAddress(): string {
  addresses += 1;
  return `10.${addresses >> 16}.${(addresses >> 8) & 255}.${addresses & 255}`;
}

async function member(): Promise<string> {
  const challenge = await asked();
  const entered = { ...challenge, sms_code: app.codeFor(challenge.phone_number) };
  return (await app.call('POST', '/api/verify-sms/', entered)).data.token;
}

function visitOf(token?: string, address = anyAddress()): HtmlClient {
  const visit = new HtmlClient(app, { 'x-forwarded-for': address });
  if (token) visit.cookies.set('__Host-session', token);
  return visit;
}

/** Asks for codes of one number, two minutes apart. */
function sending(send: (number: string) => Promise<{ status: number }>): Trying {
  return {
    most: 10,
    wrong: async () => {
      const number = anyNumber();
      return async () => {
        app.clock.turn(121);
        return send(number);
      };
    },
  };
}

function links(folder: string): Trying {
  return {
    most: 100,
    wrong: async () => {
      const from = { 'x-forwarded-for': anyAddress() };
      return () => statusOf(app.call('GET', `${folder}/222222`, undefined, from));
    },
  };
}

/** Every door that takes a code, a number or an invite, and how each is tried until it is refused. */
const limited: Readonly<Record<string, Trying>> = {
  'POST /api/request-sms/': sending((number) =>
    statusOf(app.call('POST', '/api/request-sms/', { phone_number: number }, { 'x-forwarded-for': anyAddress() })),
  ),
  'POST /': sending((number) => visitOf().post('/', { phone_number: number })),
  'POST /confirm/resend': sending(async (number) => {
    const visit = visitOf();
    visit.cookies.set('__Host-pending', `${number}.6.0.0.0.0`);
    return visit.post('/confirm/resend');
  }),
  'POST /api/verify-sms/': {
    most: 20,
    wrong: async () => {
      const address = anyAddress();
      await guessedFrom(address);
      const entered = { phone_number: anyNumber(), sms_code: '123456' };
      return () => statusOf(app.call('POST', '/api/verify-sms/', entered, { 'x-forwarded-for': address }));
    },
  },
  'POST /confirm/': {
    most: 20,
    wrong: async () => {
      const address = anyAddress();
      await guessedFrom(address);
      const visit = visitOf(undefined, address);
      visit.cookies.set('__Host-pending', `${anyNumber()}.6.0.0.0.0`);
      return () => visit.post('/confirm/', { sms_code: '123456' });
    },
  },
  'PATCH /api/users/me/invite_code': {
    most: 100,
    wrong: async () => {
      const token = await member();
      const body = { invite_code: '222222' };
      // from as many networks: the limit of the number is what is left
      const headers = () => ({ ...withToken(token), 'x-forwarded-for': anyAddress() });
      return () => statusOf(app.call('PATCH', '/api/users/me/invite_code', body, headers()));
    },
  },
  'POST /account/invite_code': {
    most: 100,
    wrong: async () => {
      const token = await member();
      return () => visitOf(token).post('/account/invite_code', { invite_code: '222222' });
    },
  },
  'GET /api/invites/:code': links('/api/invites'),
  'GET /i/*': links('/i'),
  'GET /I/*': links('/I'),
};

/**
 * All other routes. Those of the sign-in pages act on a number whose code is under way and send nothing; those of members
 * ask for the session first, and none of what they take lets anybody in.
 */
const free = [
  'GET /',
  'GET /i',
  'GET /I',
  'POST /invite/decline',
  'GET /confirm/',
  'GET /continue/',
  'POST /continue/cancel',
  'POST /confirm/number',
  'POST /confirm/show',
  'POST /confirm/state',
  'POST /language/',
  'GET /account/',
  'GET /success/',
  'POST /account/profile',
  'GET /logout/',
  'POST /logout/',
  'GET /account/data.json',
  'GET /account/delete/',
  'POST /account/delete/',
  'POST /sessions/:id/end',
  'POST /sessions/end-others',
  'DELETE /api/users/me',
  'GET /api/users/me',
  'PATCH /api/users/me',
  'GET /api/users/me/invited',
  'DELETE /api/users/me/sessions',
  'GET /api/users/me/sessions',
  'DELETE /api/users/me/sessions/:id',
  'GET /api/users/me/sessions/:id',
  'GET /api/users/:other',
  'PATCH /api/users/:other',
  'POST /api/auth/token/logout/',
  'GET /callbacks/:provider',
  'GET /callbacks/:provider(^whatsapp$)',
  'POST /callbacks/:provider',
  'POST /callbacks/:provider(^whatsapp$)',
  'GET /assets/*',
  'GET /assets/app.js',
  'GET /assets/code.js',
  'GET /assets/console.css',
  'GET /assets/console.js',
  'GET /brand/icon.svg',
  'GET /brand/icon-192.png',
  'GET /brand/icon-512.png',
  'GET /brand/preview.png',
  'GET /brand/style.css',
  'GET /apple-touch-icon.png',
  'GET /favicon.ico',
  'GET /manifest.webmanifest',
  'GET /assets/number.js',
  ...languages.map((language) => `GET /countries/${language}`),
  'POST /countries/',
  'GET /dev/inbox',
  'GET /dev/inbox.json',
  'GET /livez',
  'GET /readyz',
  'GET /openapi.json',
  'GET /problems/:code',
  'GET /redoc/',
];

test('every route that the server has, hidden ones too, is known to be limited or to take nothing to guess', () => {
  assert.deepEqual(names, [...Object.keys(limited), ...free].sort());
  assert.ok(names.length > 40);
});

for (const [door, { most, wrong }] of Object.entries(limited)) {
  test(`${door} is refused after ${most} at most`, async () => {
    const attempt = await wrong();
    let times = 0;
    while (times <= most && (await attempt()).status !== 429) times += 1;
    assert.ok(times <= most, `${times} times`);
  });
}

/** Under which names a client could hand over a code. */
const codeMembers = ['sms_code', 'code', 'otp', 'pin', 'password', 'token', 'passcode', 'secret', 'verification_code'];

/** What stands for a person in one state: with no guess and no try of invite codes left. */
async function tired() {
  const { phone_number: number, challenge } = await asked();
  const address = anyAddress();
  const token = await member();
  await app.sql`update challenge set guesses = 5 where phone_number = ${number}`;
  await app.sql`insert into rate_limit (key, tat) values (${`invite_code:${address}`},
    now() + ${app.clock.aheadMs}::float8 * interval '1 ms' + interval '1 hour')`;
  return { number, challenge, address, token };
}

test('where no guess is left, no route, hidden or not, and no member of its request tells a right code from a wrong one', async () => {
  const owner = await member();
  const { referal_code } = (await app.call('GET', '/api/users/me', undefined, withToken(owner))).data;
  for (const name of names) {
    const [method = '', url = ''] = name.split(' ');
    for (const type of method === 'GET' || method === 'HEAD' ? ['none'] : ['json', 'form']) {
      const seen: unknown[] = [];
      for (const isRight of [false, true]) {
        const person = await tired();
        const code = isRight ? app.codeFor(person.number) : wrongFor(person.number);
        const invite = isRight ? referal_code : '222222';
        const given = {
          ...Object.fromEntries(codeMembers.map((member) => [member, code])),
          phone_number: person.number,
          challenge: person.challenge,
          phone: person.number,
          number: person.number,
          invite_code: invite,
          invite,
        };
        const answer = await app.server.inject({
          method: method as 'GET',
          url: url.replace(/:\w+|\*/, invite),
          query: given,
          headers: {
            ...withToken(person.token),
            'x-forwarded-for': person.address,
            'x-sms-code': code,
            'sec-fetch-site': 'same-origin',
            cookie: `__Host-session=${person.token}; __Host-pending=${person.number}.6.0.0.0.0...${person.challenge}; __Host-invite=${invite}`,
            ...(type === 'none' ? {} : { 'content-type': types[type as 'json' | 'form'] }),
          },
          ...(type === 'none'
            ? {}
            : { payload: type === 'json' ? JSON.stringify(given) : `${new URLSearchParams(given)}` }),
        });
        const headers = {
          ...answer.headers,
          date: '',
          'content-length': '',
          'set-cookie': answer.cookies.map(({ name }) => name),
        };
        const plain = (text: string) =>
          text
            .replaceAll(invite, 'I')
            .replaceAll(code, 'C')
            .replace(/<path d="[^"]*"/g, 'Q')
            .replace(/(?:vouch|~)c_[\w-]{43}/g, 'T')
            .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'U')
            .replace(/\b[2-9BCDFGHJKMNPQRSTVWXZ]{6}\b/g, 'O')
            .replace(/ d="M[^"]*"/g, ' d="QR"')
            .replace(/\d+/g, '#');
        seen.push({ status: answer.statusCode, headers: plain(JSON.stringify(headers)), body: plain(answer.body) });
        const [signedIn] = await app.sql`select from account where phone_number = ${person.number}`;
        assert.equal(signedIn, undefined, `${name} signs in`);
      }
      assert.deepEqual(seen[1], seen[0], name);
    }
  }
  const { data } = await app.call('GET', '/api/users/me', undefined, withToken(owner));
  assert.equal(data.invited_count, 0, 'and no invite code was redeemed');
});

const types = { json: 'application/json', form: 'application/x-www-form-urlencoded' };
