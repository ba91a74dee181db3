import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { deviceOf } from '../src/kit/device.ts';
import { formatToken, hashSecret, isSessionId, newSecret, parseToken } from '../src/sessions/session.ts';

const ids = fc.uuid();
const secrets = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));

test('a token has a prefix that scanners know, the account, 256 bits and a checksum, and is read back', () => {
  fc.assert(
    fc.property(ids, secrets, (accountId, secret) => {
      const token = formatToken(accountId, secret);
      assert.match(token, /^vouch_[A-Za-z0-9_-]{70}$/);
      assert.deepEqual(parseToken(token), { accountId, secretHash: hashSecret(secret) });
      const bytes = Buffer.from(token.slice(6), 'base64url');
      assert.equal(bytes.readUInt32BE(48), crc32(bytes.subarray(0, 48)));
    }),
  );
});

test('a token with any one character changed, missing, doubled or added is none', () => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const change = fc.tuple(ids, secrets, fc.nat(75), fc.constantFrom(...alphabet));
  fc.assert(
    fc.property(change, ([accountId, secret, at, letter]) => {
      const token = formatToken(accountId, secret);
      const [before, after] = [token.slice(0, at), token.slice(at + 1)];
      if (token[at] !== letter) assert.equal(parseToken(before + letter + after), undefined);
      assert.equal(parseToken(before + after), undefined);
      assert.equal(parseToken(before + letter + token.slice(at)), undefined);
      assert.equal(parseToken(`${token}=`), undefined);
    }),
    { numRuns: 1000 },
  );
});

test('whatever comes as a token, reading it never throws', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.base64String(), fc.stringMatching(/^vouch_[A-Za-z0-9_-]{70}$/)), (text) => {
      assert.equal(parseToken(text), undefined);
    }),
  );
});

test('a secret has 256 bits and never repeats', () => {
  const made = Array.from({ length: 1000 }, newSecret);
  assert.ok(made.every((secret) => secret.length === 32));
  assert.equal(new Set(made.map((secret) => secret.toString('hex'))).size, 1000);
});

test('the id of a session is a UUID and nothing else', () => {
  fc.assert(fc.property(ids, (id) => assert.ok(isSessionId(id) && isSessionId(id.toUpperCase()))));
  for (const text of ['', 'x', '0', '00000000-0000-0000-0000-00000000000', '00000000000000000000000000000000', '\n'])
    assert.ok(!isSessionId(text));
  const nil = '00000000-0000-0000-0000-000000000000';
  for (const text of [`${nil}\n`, `x${nil}`, `${nil}0`]) assert.ok(!isSessionId(text), text);
});

test('a device is named by its program and system, briefly', () => {
  const webkit = 'AppleWebKit/537.36 (KHTML, like Gecko)';
  for (const [userAgent, name] of [
    [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webkit} Chrome/140.0.0.0 Safari/537.36`, 'Chrome, Windows'],
    [`Mozilla/5.0 (Windows NT 10.0) ${webkit} Chrome/140.0.0.0 Safari/537.36 Edg/140.0`, 'Edge, Windows'],
    [`Mozilla/5.0 (Windows NT 10.0) ${webkit} Chrome/140.0 Safari/537.36 OPR/120.0`, 'Opera, Windows'],
    [`Mozilla/5.0 (X11; Linux x86_64) ${webkit} Chrome/140.0 YaBrowser/25.8 Safari/537.36`, 'Yandex Browser, Linux'],
    [
      `Mozilla/5.0 (Linux; Android 15) ${webkit} SamsungBrowser/28.0 Chrome/130.0 Mobile Safari/537.36`,
      'Samsung Internet, Android',
    ],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0', 'Firefox, Linux'],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 Version/18.6 Safari/604.1',
      'Safari, iPhone',
    ],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.6 Safari/605.1.15',
      'Safari, macOS',
    ],
    ['Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) Version/18.6 Safari/604.1', 'Safari, iPad'],
    ['Mozilla/5.0 (X11; CrOS x86_64 16328.0.0) Chrome/140.0.0.0 Safari/537.36', 'Chrome, ChromeOS'],
    ['x'.repeat(100), 'x'.repeat(60)],
    ['кот/1.0', ''],
    ['curl/8.5.0', 'curl'],
    ['okhttp/4.12.0', 'okhttp'],
    ['', ''],
    [undefined, ''],
    ['<script>alert(1)</script>', '<script>alert'],
  ] as const) {
    assert.equal(deviceOf(userAgent), name, userAgent);
  }
});

test('whatever a device says of itself, its name is at most 60 visible characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (userAgent) => {
      assert.match(deviceOf(userAgent), /^[\x20-\x7e]{0,60}$/);
    }),
  );
});
