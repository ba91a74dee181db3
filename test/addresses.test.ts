import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { addressKey, maskAddress } from '../src/limits/address.ts';
import { addressSends } from '../src/limits/allowance.ts';
import { anyNumber, openApp, type TestApp } from './harness.ts';

const addressLimit = addressSends(3);
const app = await openApp({ addressLimit });
const over = (options: Parameters<typeof openApp>[0]) =>
  openApp({ databaseUrl: app.databaseUrl, addressLimit, ...options });

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
  assert.equal(await spent(app, '192.0.2.1'), false);
  const last = Date.now() + app.clock.aheadMs;
  const refused = await askFrom(app, '192.0.2.1');
  assert.equal(refused.status, 429);
  assert.equal(refused.headers['ratelimit-policy'], '"address";q=3;w=3600');
  const told = Number(refused.headers['retry-after']);
  assert.ok(told > 1190 && told <= 1200, `${told} s`);
  assert.equal(refused.headers.ratelimit, `"address";r=0;t=${told}`);
  app.clock.turn((last + 1_199_000 - Date.now() - app.clock.aheadMs) / 1000 - 0.5);
  const early = await askFrom(app, '192.0.2.1');
  assert.equal(early.status, 429);
  app.clock.turn(Number(early.headers['retry-after']));
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
    ['2001::ffff:1:2', '2001:0:0:0::/64', '2001:0:0::'],
    ['a[b::1]', 'unknown', ''],
    ['[2001:db8::]1', 'unknown', ''],
    ['unknown', 'unknown', ''],
    ['_hidden', 'unknown', ''],
    ['', 'unknown', ''],
    ['64:ff9b::203.0.113.7', '64:ff9b:0:0::/64', '64:ff9b:0::'],
  ] as const) {
    assert.equal(addressKey(address), key, address);
    assert.equal(maskAddress(address), masked, address);
  }
});

test('any IPv6 address has the key of its first four groups, however it is written', () => {
  const group = fc.integer({ min: 0, max: 0xffff });
  fc.assert(
    fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), fc.boolean(), (groups, padded) => {
      fc.pre(groups.slice(0, 5).some((one) => one !== 0) || groups[5] !== 0xffff);
      const written = groups.map((one) => one.toString(16).padStart(padded ? 4 : 1, '0')).join(':');
      const key = `${groups
        .slice(0, 4)
        .map((one) => one.toString(16))
        .join(':')}::/64`;
      assert.equal(addressKey(written), key);
      assert.equal(addressKey(written.toUpperCase()), key);
      const shortest = new URL(`http://[${written}]/`).hostname.slice(1, -1);
      assert.equal(addressKey(shortest), key);
    }),
  );
});

test('neither key nor mask throws, whatever the text', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.ipV4(), fc.ipV6(), fc.ipV4Extended()), (text) => {
      assert.equal(typeof addressKey(text), 'string');
      assert.ok(maskAddress(text) !== text || !/^\d+\.\d+\.\d+\.\d+$/.test(text));
    }),
  );
});
