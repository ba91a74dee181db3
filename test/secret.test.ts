import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import type { PhoneNumber } from '../src/kit/phone-number.ts';
import { random } from '../src/kit/random.ts';
import { derive, hmac, sameBytes, secretKeys, truncate } from '../src/kit/secret.ts';
import { hashSecret } from '../src/sessions/session.ts';
import { codeFor } from '../src/sign-in/code.ts';

const hex = (text: string) => Buffer.from(text, 'hex');

test('HMAC-SHA-256 gives the answers of RFC 4231', () => {
  for (const [key, message, mac] of [
    [Buffer.alloc(20, 0x0b), 'Hi There', 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'],
    [
      Buffer.from('Jefe'),
      'what do ya want for nothing?',
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    ],
    [
      Buffer.alloc(20, 0xaa),
      Buffer.alloc(50, 0xdd),
      '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe',
    ],
    [
      Buffer.alloc(131, 0xaa),
      'Test Using Larger Than Block-Size Key - Hash Key First',
      '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
    ],
  ] as const) {
    assert.equal(hmac(key, message).toString('hex'), mac);
  }
});

test('truncation gives the answers of RFC 4226, appendix D', () => {
  const macs = [
    ['cc93cf18508d94934c64b65d8ba7667fb7cde4b0', '755224'],
    ['75a48a19d4cbe100644e8ac1397eea747a2d33ab', '287082'],
    ['0bacb7fa082fef30782211938bc1c5e70416ff44', '359152'],
    ['66c28227d03a2d5529262ff016a1e6ef76557ece', '969429'],
    ['a904c900a64b35909874b33e61c5938a8e15ed1c', '338314'],
    ['a37e783d7b7233c083d4f62926c7a25f238d0316', '254676'],
    ['bc9cd28561042c83f219324d3c607256c03272ae', '287922'],
    ['a4fb960c0bc06e1eabb804e5b397cdc4b45596fa', '162583'],
    ['1b3c89f65e6c9e883012052823443f048b4332db', '399871'],
    ['1637409809a679dc698207310c8c7fc07290d9e5', '520489'],
  ] as const;
  for (const [mac, code] of macs) assert.equal(truncate(hex(mac), 6), code);
  assert.equal(truncate(hex(macs[0][0]), 8), '84755224');
});

test('a code of HMAC-SHA-256 has the eight digits of RFC 6238, appendix B', () => {
  const key = Buffer.from('12345678901234567890123456789012');
  for (const [seconds, code] of [
    [59n, '46119246'],
    [1111111109n, '68084774'],
    [1111111111n, '67062674'],
    [1234567890n, '91819424'],
    [2000000000n, '90698825'],
    [20000000000n, '77737706'],
  ] as const) {
    const step = Buffer.alloc(8);
    step.writeBigUInt64BE(seconds / 30n);
    assert.equal(truncate(hmac(key, step), 8), code);
  }
});

test('truncation takes its offset from the last byte of any MAC, drops the sign and keeps leading zeros', () => {
  const mac = Buffer.alloc(32);
  mac[31] = 0x0f;
  mac.writeUInt32BE(0x8000_0007, 15);
  assert.equal(truncate(mac, 6), '000007');
  mac[31] = 0x00;
  mac.writeUInt32BE(0xffff_ffff, 0);
  assert.equal(truncate(mac, 8), '47483647');
});

test('derived keys are HKDF-SHA-256 without salt: RFC 5869, test case 3, and our purposes as its info', () => {
  const key = createSecretKey(hex('0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b'));
  assert.equal(derive(key, '').toString('hex'), '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d');
  assert.notDeepEqual(derive(key, 'code'), derive(key, 'device'));
  assert.deepEqual(derive(key, 'code'), derive(key, 'code'));
});

test('codes have a derived key of their own, which no release may change', () => {
  const keys = secretKeys(['a key']);
  const { id, key } = keys.current;
  const number = '+79161234567' as PhoneNumber;
  const code = codeFor(keys, { id: 'challenge', key_id: id, code_length: 8 }, number);
  assert.equal(code, truncate(hmac(derive(key, 'code'), `challenge ${number}`), 8));
});

test('what is stored of a session is SHA-256 of its secret alone (FIPS 180-4)', () => {
  assert.equal(
    hashSecret(Buffer.from('abc')).toString('hex'),
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
  assert.equal(
    hashSecret(Buffer.alloc(0)).toString('hex'),
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  );
});

test('a key is found by its id, the first one signs, and an id tells nothing that another text shares', () => {
  const keys = secretKeys(['first key', 'second key']);
  assert.equal(keys.current, keys.all[0]);
  assert.equal(keys.all.length, 2);
  for (const { id, key } of keys.all) {
    assert.match(id, /^[0-9a-f]{8}$/);
    assert.equal(keys.byId(id), key);
  }
  assert.equal(keys.byId('00000000'), undefined);
  assert.equal(secretKeys(['second key']).current.id, keys.all[1]?.id);
  assert.notEqual(keys.all[0]?.id, keys.all[1]?.id);
});

test('bytes are the same where each of them is', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 40 }), (one, other) => {
      assert.equal(sameBytes(one, other), Buffer.compare(one, other) === 0);
      assert.ok(sameBytes(one, Uint8Array.from(one)));
    }),
  );
});

test('every letter of an alphabet is drawn as often as the others, and ids and bytes do not repeat', () => {
  const alphabet = '23456789BCDFGHJKMNPQRSTVWXZ';
  const draws = 54_000;
  const counts = new Map<string, number>();
  for (let draw = 0; draw < draws / 9; draw += 1) {
    for (const letter of random.word(alphabet, 9)) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  }
  assert.equal(counts.size, alphabet.length);
  const expected = draws / alphabet.length;
  const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  // 26 degrees of freedom: a fair draw passes 100 once in 10^10 times, a byte modulo 27 has about 250
  assert.ok(chiSquare < 100, `chi-square ${chiSquare}`);
  assert.equal(new Set(Array.from({ length: 1000 }, random.id)).size, 1000);
  assert.equal(new Set(Array.from({ length: 1000 }, () => random.bytes(16).toString('hex'))).size, 1000);
});

test('ids of one time are of version 7, in its order, and unpredictable after it', (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.parse('2022-02-22T19:22:22Z') });
  // the time of the example in RFC 9562, A.6
  const [first, second] = [random.orderedId(), random.orderedId()];
  for (const id of [first, second]) assert.match(id, /^017f22e2-79b0-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.notEqual(first, second);
  t.mock.timers.tick(1);
  assert.ok(random.orderedId() > first && random.orderedId() > second);
});
