import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { clientIpKey, maskIp, networkKeys } from '../src/limits/client-ip.ts';
import { embeddedIpv4 } from '../src/limits/embedded-ipv4.ts';
import { networkBuckets } from '../src/limits/rate-limit.ts';
import { networkMessages } from '../src/limits/rules.ts';
import { casesOf, deepTest } from './support/depth.ts';
import { anyNumber, openApp, type TestApp, withToken } from './support/harness.ts';

const networkMessagesPerHour = 3;
const app = await openApp({ networkMessagesPerHour });
const over = (options: Parameters<typeof openApp>[0]) =>
  openApp({ databaseUrl: app.databaseUrl, networkMessagesPerHour, ...options });

/** Asks for a code of a fresh number from an address, and returns the status and what the headers say. */
async function askFrom(
  { server }: TestApp,
  remoteAddress: string,
  forwarded?: string | string[],
  number = anyNumber(),
) {
  const answer = await server.inject({
    method: 'POST',
    url: '/api/request-sms/',
    remoteAddress,
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
    payload: { phone_number: number },
  });
  return { status: answer.statusCode, headers: answer.headers };
}

async function spent(at: TestApp, remoteAddress: string, forwarded?: string): Promise<boolean> {
  for (let sent = 0; sent < 3; sent += 1) {
    if ((await askFrom(at, remoteAddress, forwarded)).status === 429) return true;
  }
  return false;
}

test('an address has its limit, which a thousand numbers do not raise, and opens again true to the second', async () => {
  const last = app.clock.time;
  app.clock.stop(last);
  assert.equal(await spent(app, '192.0.2.1'), false);
  const refused = await askFrom(app, '192.0.2.1');
  assert.equal(refused.status, 429);
  assert.equal(refused.headers['ratelimit-policy'], '"network_messages";q=3;w=3600');
  assert.equal(refused.headers['retry-after'], '1200');
  assert.equal(refused.headers.ratelimit, '"network_messages";r=0;t=1200');
  app.clock.stop(last + 1_199_000);
  const early = await askFrom(app, '192.0.2.1');
  assert.equal(early.status, 429);
  assert.equal(early.headers['retry-after'], '1');
  app.clock.stop(last + 1_200_000);
  assert.equal((await askFrom(app, '192.0.2.1')).status, 201);
  assert.equal((await askFrom(app, '192.0.2.1')).status, 429);
});

test('a number that is refused by its own limit spends nothing of the address, nor the other way round', async () => {
  const number = anyNumber();
  assert.equal((await askFrom(app, '192.0.2.2', undefined, number)).status, 201);
  for (let again = 0; again < 5; again += 1) {
    assert.equal((await askFrom(app, '192.0.2.2', undefined, number)).status, 429);
  }
  for (let more = 0; more < 2; more += 1) assert.equal((await askFrom(app, '192.0.2.2')).status, 201);
  const untouched = anyNumber();
  assert.equal((await askFrom(app, '192.0.2.2', undefined, untouched)).status, 429);
  assert.equal((await askFrom(app, '192.0.2.3', undefined, untouched)).status, 201);
});

test('mapped IPv4 addresses do not share a limit, and each shares one with its plain form', async () => {
  for (let last = 1; last <= 100; last += 1) {
    assert.equal((await askFrom(app, `::ffff:198.51.100.${last}`)).status, 201);
  }
  for (const address of ['198.51.100.7', '::ffff:198.51.100.7']) await askFrom(app, address);
  assert.equal((await askFrom(app, '198.51.100.7')).status, 429);
  assert.equal((await askFrom(app, '::ffff:c633:6407')).status, 429);
});

test('the addresses of an IPv6 /64 share a limit, and those of the next do not', async () => {
  for (let at = 1; at <= 3; at += 1) assert.equal((await askFrom(app, `2001:db8:1:1::${at}`)).status, 201);
  for (const address of ['2001:db8:1:1::ffff', '2001:db8:1:1:ffff:ffff:ffff:ffff', '2001:0DB8:0001:0001::']) {
    assert.equal((await askFrom(app, address)).status, 429, address);
  }
  assert.equal((await askFrom(app, '2001:db8:1:2::1')).status, 201);
});

test('an IPv4 subscriber has one limit through 6to4, Teredo, NAT64 and none, and shares it with no other', async () => {
  const ways = (last: number) => {
    const hex = last.toString(16).padStart(2, '0');
    const inverted = (255 - last).toString(16).padStart(2, '0');
    return [
      `198.51.100.${last}`,
      `2002:c633:64${hex}:${last}::1`,
      `2002:c633:64${hex}:ffff::1`,
      `2001:0:4136:e378:8000:63bf:39cc:9b${inverted}`,
      `64:ff9b::198.51.100.${last}`,
      `64:ff9b:1::198.51.100.${last}`,
      `::ffff:198.51.100.${last}`,
    ];
  };
  for (const last of [201, 202, 203]) {
    const answers = [];
    for (const address of ways(last)) answers.push((await askFrom(app, address)).status);
    assert.deepEqual(answers, [201, 201, 201, 429, 429, 429, 429], `198.51.100.${last}`);
  }
});

test('a /56 may ask for three times what a /64 may, and a /48 for ten times', async () => {
  const from = async (addresses: readonly string[]) => {
    const refused: string[] = [];
    let sent = 0;
    for (const address of addresses) {
      const { status, headers } = await askFrom(app, address);
      if (status === 201) sent += 1;
      else refused.push(String(headers['ratelimit-policy']));
    }
    return { sent, policies: [...new Set(refused)] };
  };
  const subnets = (site: string, count: number) =>
    Array.from({ length: count }, (_, at) => `2001:db8:${site}:${at.toString(16)}::1`);
  assert.deepEqual(await from(subnets('a', 14)), { sent: 9, policies: ['"network_messages_56";q=9;w=3600'] });
  const blocks = Array.from({ length: 34 }, (_, at) => `2001:db8:b:${(at * 256 + 1).toString(16)}::1`);
  assert.deepEqual(await from(blocks), { sent: 30, policies: ['"network_messages_48";q=30;w=3600'] });
  assert.equal((await askFrom(app, '2001:db8:c:1::1')).status, 201);
});

test('what one network refuses is spent of none of those around it', async () => {
  for (let at = 0; at < 3; at += 1) await askFrom(app, '2001:db8:d:1::1');
  for (let at = 0; at < 8; at += 1) assert.equal((await askFrom(app, '2001:db8:d:1::1')).status, 429);
  for (let at = 0; at < 6; at += 1) assert.equal((await askFrom(app, `2001:db8:d:2${at}::1`)).status, 201);
  assert.equal((await askFrom(app, '2001:db8:d:30::1')).status, 429);
});

deepTest('refusals of 65,536 networks of one subscriber are a hundred rows of its /48', async () => {
  for (let at = 0; at < 60; at += 1)
    await askFrom(app, `2001:db8:e:${(at * 331).toString(16)}::1`, undefined, '+79160000077');
  for (let at = 0; at < 40; at += 1) await askFrom(app, `2001:db8:e:${(at * 331).toString(16)}::1`);
  const rows = await app.sql`select bucket from refusal where bucket like '%2001:db8:e:%'`;
  for (const { bucket } of rows) assert.match(bucket, /^network:sms:2001:db8:e::\/48:\d\d$/);
});

deepTest('requests at once from all over a /48 are sent no more than it may ask for', async () => {
  const addresses = Array.from({ length: 60 }, (_, at) => `2001:db8:f:${(at * 1021).toString(16)}::1`);
  const answers = await Promise.all(addresses.map((address) => askFrom(app, address)));
  assert.equal(answers.filter(({ status }) => status === 201).length, 30);
});

test('the networks of an address lie within each other, and their buckets grow', () => {
  assert.deepEqual(networkKeys('2001:db8:1:abcd::1'), [
    '2001:db8:1:abcd::/64',
    '2001:db8:1:ab00::/56',
    '2001:db8:1::/48',
  ]);
  assert.deepEqual(networkKeys('203.0.113.7'), ['203.0.113.7']);
  assert.deepEqual(networkKeys('nonsense'), ['unknown']);
  const buckets = networkBuckets('sms', '2001:db8:1:abcd::1', networkMessages(100));
  assert.deepEqual(
    buckets.map(({ key, limit }) => [key, limit.name, limit.quota]),
    [
      ['sms:2001:db8:1:abcd::/64', 'network_messages', 100],
      ['sms:2001:db8:1:ab00::/56', 'network_messages_56', 300],
      ['sms:2001:db8:1::/48', 'network_messages_48', 1000],
    ],
  );
});

test('X-Forwarded-For from anyone changes nothing where no proxy is trusted', async () => {
  for (let at = 1; at <= 3; at += 1) await askFrom(app, '192.0.2.10', `203.0.113.${at}`);
  for (const forged of [
    '203.0.113.99',
    '127.0.0.1',
    '::1',
    'unknown',
    '',
    'a, b, c',
    `${'1.1.1.1, '.repeat(500)}2.2.2.2`,
  ]) {
    assert.equal((await askFrom(app, '192.0.2.10', forged)).status, 429, forged);
  }
  for (const other of ['forwarded', 'x-real-ip', 'client-ip', 'cf-connecting-ip', 'true-client-ip', 'x-client-ip']) {
    const answer = await app.server.inject({
      method: 'POST',
      url: '/api/request-sms/',
      remoteAddress: '192.0.2.10',
      headers: { [other]: other === 'forwarded' ? 'for=203.0.113.5' : '203.0.113.5' },
      payload: { phone_number: anyNumber() },
    });
    assert.equal(answer.statusCode, 429, other);
  }
});

/** What a proxy, or somebody who would be one, says of whom a request comes from. */
const forgeries = (address: string): Record<string, string> => ({
  'x-forwarded-for': address,
  forwarded: `for="${address}";proto=https;host=evil.example`,
  'x-real-ip': address,
  'x-client-ip': address,
  'client-ip': address,
  'x-cluster-client-ip': address,
  'x-original-forwarded-for': address,
  'x-envoy-external-address': address,
  'x-appengine-user-ip': address,
  'x-azure-clientip': address,
  'cf-connecting-ip': address,
  'fastly-client-ip': address,
  'true-client-ip': address,
  'x-forwarded': address,
  'forwarded-for': address,
  via: `1.1 ${address}`,
});

/** Peers that somebody could take for a proxy of ours: this machine, private networks, links, carriers. */
const nearby = [
  '127.0.0.1',
  '127.8.9.10',
  '::1',
  '::ffff:127.1.2.3',
  '10.0.0.7',
  '172.17.0.1',
  '192.168.1.1',
  '169.254.1.1',
  '100.64.0.1',
  'fc00::1',
  'fd12:3456::1',
  'fe80::1',
];

test('no header says who asks where no proxy is trusted, from this machine or a private network either', async () => {
  const alone = await openApp({ networkMessagesPerHour });
  for (const peer of nearby) {
    assert.equal(await spent(alone, peer), false, peer);
    for (const [name, value] of Object.entries(forgeries('203.0.113.5'))) {
      const answer = await alone.server.inject({
        method: 'POST',
        url: '/api/request-sms/',
        remoteAddress: peer,
        headers: { [name]: value },
        payload: { phone_number: anyNumber() },
      });
      assert.equal(answer.statusCode, 429, `${name} from ${peer}`);
      assert.match(String(answer.headers['ratelimit-policy']), /^"network_messages"/, `${name} from ${peer}`);
    }
  }
});

test('nothing that a forged header says is kept or judged by, whatever door it comes to and whoever it comes from', async () => {
  const forged = '203.0.113.77';
  for (const peer of casesOf(['127.0.0.1', '192.0.2.200', '::1', '10.0.0.7'], 2)) {
    const alone = await openApp();
    const asForm = { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' };
    const send = async (method: 'GET' | 'POST' | 'PATCH', url: string, payload?: object, more: object = {}) =>
      alone.server.inject({
        method,
        url,
        remoteAddress: peer,
        headers: { ...forgeries(forged), ...more },
        ...(payload ? { payload: more === asForm ? `${new URLSearchParams({ ...payload })}` : payload } : {}),
      });
    const number = anyNumber();
    await send('POST', '/api/request-sms/', { phone_number: number });
    const entered = { phone_number: number, sms_code: alone.codeFor(number) };
    const { token } = (await send('POST', '/api/verify-sms/', entered)).json();
    const other = anyNumber();
    await send('POST', '/', { phone_number: other }, asForm);
    await alone.call('PATCH', '/api/users/me', { username: 'taken' }, withToken(await alone.signIn(anyNumber())));
    const refused = await send('PATCH', '/api/users/me', { username: 'taken' }, withToken(token));
    assert.equal(refused.statusCode, 400, refused.body);
    assert.equal((await send('GET', '/i/222222')).statusCode, 404);
    const tables =
      await alone.sql`select table_name as name from information_schema.tables where table_schema = 'public'`;
    const rows: string[] = [];
    for (const { name } of tables) {
      for (const { row } of await alone.sql`select t::text as row from ${alone.sql(name)} t`) rows.push(row);
    }
    assert.doesNotMatch(rows.join('\n'), /203\.0\.113/, peer);
    const keys = (await alone.sql`select key from rate_limit`).map(({ key }) => key);
    for (const kind of ['sms', 'profile', 'invite_code']) {
      assert.ok(keys.includes(`${kind}:${clientIpKey(peer)}`), `${kind} of ${peer}: ${keys.join()}`);
    }
    const [session] = await alone.sql`select s.address from session s join account a on a.id = s.account_id
      where a.phone_number = ${number}`;
    assert.equal(session!.address, maskIp(peer));
    const networks = await alone.sql`select client_network from delivery where phone_number in (${number}, ${other})`;
    const plain = anyNumber();
    await askFrom(alone, peer, undefined, plain);
    const [mine] = await alone.sql`select client_network from delivery where phone_number = ${plain}`;
    for (const one of networks) assert.deepEqual(one.client_network, mine!.client_network);
    assert.doesNotMatch(alone.log.join(''), /203\.0\.113/);

    const site = { origin: 'https://evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' };
    const form = { ...site, 'content-type': 'application/x-www-form-urlencoded', host: 'vouch.example' };
    const crossing = await alone.server.inject({
      method: 'POST',
      url: '/',
      remoteAddress: peer,
      headers: form,
      payload: `phone_number=${encodeURIComponent(anyNumber())}`,
    });
    assert.equal(crossing.statusCode, 403, `a host that ${peer} says we have`);
  }
});

test('so many hops as are trusted are counted from our end, exactly', async () => {
  const [one, two] = [await over({ trustProxy: 1 }), await over({ trustProxy: 2 })];
  const proxy = '10.0.0.1';
  assert.equal(await spent(one, proxy, '203.0.113.50'), false);
  for (const forged of ['203.0.113.50', '1.1.1.1, 203.0.113.50', '9.9.9.9,8.8.8.8 , 203.0.113.50']) {
    assert.equal((await askFrom(one, proxy, forged)).status, 429, forged);
  }
  assert.equal((await askFrom(one, proxy, '203.0.113.50, 203.0.113.51')).status, 201);
  assert.equal(await spent(two, proxy, '203.0.113.60, 10.0.0.2'), false);
  for (const forged of ['203.0.113.60, 10.0.0.2', '1.1.1.1, 203.0.113.60, 10.0.0.3']) {
    assert.equal((await askFrom(two, proxy, forged)).status, 429, forged);
  }
  assert.equal((await askFrom(two, proxy, '203.0.113.60, 203.0.113.61, 10.0.0.2')).status, 201);
});

test('trusted addresses are believed and no others', async () => {
  const listed = await over({ trustProxy: ['10.1.0.0/16', 'fd00::/8'] });
  assert.equal(await spent(listed, '10.1.2.3', '203.0.113.70'), false);
  for (const [peer, forwarded] of [
    ['10.1.9.9', '203.0.113.70'],
    ['fd00::1', '203.0.113.70'],
    ['10.1.2.3', '1.1.1.1, 203.0.113.70, 10.1.0.4'],
  ] as const) {
    assert.equal((await askFrom(listed, peer, forwarded)).status, 429, forwarded);
  }
  assert.equal(await spent(listed, '192.0.2.77', '203.0.113.71'), false);
  assert.equal((await askFrom(listed, '192.0.2.77', '203.0.113.72')).status, 429);
});

test('what a trusted proxy forwards that is no address is one limit of its own, and never a fault', async () => {
  const proxied = await over({ trustProxy: 1 });
  const long = randomBytes(6000).toString('base64');
  const odd = ['unknown', '_hidden', long, "'", '1.2.3', '::ffff:1.2', 'x:1', '[::1', 'x'.repeat(5000)];
  const statuses: number[] = [];
  for (const forwarded of odd) statuses.push((await askFrom(proxied, '10.0.0.9', forwarded)).status);
  assert.deepEqual(statuses, [201, 201, 201, ...odd.slice(3).map(() => 429)]);
});

test('the key of a limit: IPv4 whole, mapped or not, and of IPv6 the /64', () => {
  for (const [address, key, masked] of [
    ['203.0.113.7', '203.0.113.7', '203.0.113.x'],
    ['::ffff:203.0.113.7', '203.0.113.7', '203.0.113.x'],
    ['::FFFF:cb00:7107', '203.0.113.7', '203.0.113.x'],
    ['0:0:0:0:0:ffff:cb00:7107', '203.0.113.7', '203.0.113.x'],
    ['2001:db8:12:3400::1', '2001:db8:12:3400::/64', '2001:db8:12::'],
    ['2001:0db8:0012:3400:a:b:c:d', '2001:db8:12:3400::/64', '2001:db8:12::'],
    ['2001:db8::', '2001:db8:0:0::/64', '2001:db8:0::'],
    ['::1', '0:0:0:0::/64', '0:0:0::'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64', 'fe80:0:0::'],
    ['203.0.113.9:443', '203.0.113.9', '203.0.113.x'],
    ['[2001:db8::1]:443', '2001:db8:0:0::/64', '2001:db8:0::'],
    ['[2001:db8::1]', '2001:db8:0:0::/64', '2001:db8:0::'],
    ['2001::ffff:1:2', '255.254.255.253', '255.254.255.x'],
    ['a[b::1]', 'unknown', ''],
    ['[2001:db8::]1', 'unknown', ''],
    ['unknown', 'unknown', ''],
    ['_hidden', 'unknown', ''],
    ['', 'unknown', ''],
    ['64:ff9b::203.0.113.7', '203.0.113.7', '203.0.113.x'],
    ['64:ff9b::cb00:7107', '203.0.113.7', '203.0.113.x'],
    ['64:ff9b:1::203.0.113.7', '203.0.113.7', '203.0.113.x'],
    ['64:ff9b:1:fffe::203.0.113.7', '203.0.113.7', '203.0.113.x'],
    ['64:ff9b:1:cb00:71:700::', '203.0.113.7', '203.0.113.x'],
    ['64:ff9b:1:12cb:0:7107::', '203.0.113.7', '203.0.113.x'],
    ['64:ff9b:1:1234:cb:71:700:0', '203.0.113.7', '203.0.113.x'],
    ['64:ff9b:2::203.0.113.7', '64:ff9b:2:0::/64', '64:ff9b:2::'],
    ['64:ff9c::203.0.113.7', '64:ff9c:0:0::/64', '64:ff9c:0::'],
    ['2002:cb00:7107::1', '203.0.113.7', '203.0.113.x'],
    ['2002:cb00:7107:abcd:1:2:3:4', '203.0.113.7', '203.0.113.x'],
    ['2003:cb00:7107::1', '2003:cb00:7107:0::/64', '2003:cb00:7107::'],
    ['2001:0:4136:e378:8000:63bf:34ff:8ef8', '203.0.113.7', '203.0.113.x'],
    ['2001:1::34ff:8ef8', '2001:1:0:0::/64', '2001:1:0::'],
    ['::203.0.113.7', '203.0.113.7', '203.0.113.x'],
    ['::ffff:0:203.0.113.7', '203.0.113.7', '203.0.113.x'],
    ['[2002:cb00:7107::1]:443', '203.0.113.7', '203.0.113.x'],
    ['::', '0:0:0:0::/64', '0:0:0::'],
  ] as const) {
    assert.equal(clientIpKey(address), key, address);
    assert.equal(maskIp(address), masked, address);
  }
});

test('any IPv6 address has the key of its first four groups, however it is written', () => {
  const group = fc.integer({ min: 0, max: 0xffff });
  fc.assert(
    fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), fc.boolean(), (groups, padded) => {
      fc.pre(embeddedIpv4(groups) === undefined);
      const written = groups.map((one) => one.toString(16).padStart(padded ? 4 : 1, '0')).join(':');
      const key = `${groups
        .slice(0, 4)
        .map((one) => one.toString(16))
        .join(':')}::/64`;
      assert.equal(clientIpKey(written), key);
      assert.equal(clientIpKey(written.toUpperCase()), key);
      const shortest = new URL(`http://[${written}]/`).hostname.slice(1, -1);
      assert.equal(clientIpKey(shortest), key);
    }),
  );
});

test('neither key nor mask throws, whatever the text', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.ipV4(), fc.ipV6(), fc.ipV4Extended()), (text) => {
      assert.equal(typeof clientIpKey(text), 'string');
      assert.ok(maskIp(text) !== text || !/^\d+\.\d+\.\d+\.\d+$/.test(text));
    }),
  );
});
