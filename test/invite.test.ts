import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { inviteAlphabet, newInviteCodes, parseInviteCode, toRedeemOutcome } from '../src/invites/invite.ts';
import { parseCursor, toInvitedPage } from '../src/invites/invited.ts';
import type { PhoneNumber } from '../src/kit/phone-number.ts';

test('the codes of a sign-up have six to nine characters of an alphabet without vowels and look-alikes, the shortest first', () => {
  assert.equal(inviteAlphabet, '23456789BCDFGHJKMNPQRSTVWXZ');
  assert.equal(new Set(inviteAlphabet).size, 27);
  for (const absent of 'AEIOUYL01') assert.ok(!inviteAlphabet.includes(absent), absent);
  for (let made = 0; made < 1000; made += 1) {
    const codes = newInviteCodes();
    assert.deepEqual(
      codes.map(({ length }) => length),
      [6, 7, 8, 9],
    );
    for (const code of codes) assert.match(code, /^[23456789BCDFGHJKMNPQRSTVWXZ]+$/);
    // a stranger who knows one learns nothing of the others
    assert.notEqual(codes[0], codes[3]!.slice(0, 6));
  }
});

test('at every place each letter is as likely as the others, and codes do not repeat', () => {
  const made = 27_000;
  const drawn = Array.from({ length: made }, newInviteCodes);
  for (const [at, length] of [6, 7, 8, 9].entries()) {
    const codes = drawn.map((candidates) => candidates[at]!);
    for (let place = 0; place < length; place += 1) {
      const counts = new Map([...inviteAlphabet].map((letter) => [letter, 0]));
      for (const code of codes) counts.set(code.charAt(place), (counts.get(code.charAt(place)) ?? 0) + 1);
      const expected = made / 27;
      const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
      // 26 degrees of freedom: fair codes pass 100 once in 10^10 times
      assert.ok(chiSquare < 100, `length ${length}, place ${place}: chi-square ${chiSquare}`);
    }
    assert.ok(made - new Set(codes).size < 20);
  }
});

test('a code is read in any spelling', () => {
  for (const typed of [
    'BCHKM3',
    'bchkm3',
    ' BCH KM3 ',
    'bch-km3',
    'b c h k m 3',
    'BCH\u2011KM3',
    'B.C.H.K.M.3',
    'ＢＣＨＫＭ３',
    '\u200bBCHKM3\u200e',
    'ВСНКМ3',
    'всНкмЗ',
    'BСHКM3',
    'https://vouch.example/i/BCHKM3',
    'https://vouch.example/i/bchkm3/?utm=x#y',
    'Заходи: http://127.0.0.1:8000/i/BCHKM3 !',
    '/i/BCHKM3',
  ]) {
    assert.equal(parseInviteCode(typed), 'BCHKM3', typed);
  }
});

test('a code of seven, eight or nine characters is read like one of six', () => {
  for (const code of ['BCHKM33', 'BCHKM33X', 'BCHKM33XZ']) {
    for (const typed of [
      code,
      code.toLowerCase(),
      `${code.slice(0, 3)} ${code.slice(3)}`,
      `https://v.example/i/${code}`,
    ]) {
      assert.equal(parseInviteCode(typed), code, typed);
    }
  }
});

test('of a link the code is read, whatever words come after it', () => {
  for (const words of ['ты', 'ты!', '-ты', ' BCD', ', BCD']) {
    assert.equal(parseInviteCode(`https://vouch.example/i/BCHKM3 ${words}`), 'BCHKM3', words);
  }
  assert.equal(parseInviteCode('https://vouch.example/i/BCHKM3, BCD'), 'BCHKM3');
});

test('every Cyrillic letter that looks like one of ours is taken for it', () => {
  for (const [cyrillic, latin] of [
    ['ВСНКМР', 'BCHKMP'],
    ['ТХЗТХЗ', 'TX3TX3'],
    ['всНКмр', 'BCHKMP'],
  ] as const) {
    assert.equal(parseInviteCode(cyrillic), latin);
  }
});

test('a code typed with the Russian keyboard layout is read, letter by letter', () => {
  const layout = { Q: 'й', W: 'ц', R: 'к', T: 'е', P: 'з', S: 'ы', D: 'в', F: 'а', G: 'п', H: 'р', J: 'о', K: 'л' };
  const more = { Z: 'я', X: 'ч', C: 'с', V: 'м', B: 'и', N: 'т', M: 'ь' };
  const keys = new Map(Object.entries({ ...layout, ...more }));
  const looksRight = /^[ВСНКМРТХЗ2-9]+$/i;
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...inviteAlphabet), { minLength: 6, maxLength: 6 }), (letters) => {
      const code = letters.join('');
      const typed = letters.map((letter) => keys.get(letter) ?? letter).join('');
      // where every letter also looks like one of ours, what was seen wins over what was pressed
      if (!looksRight.test(typed)) assert.equal(parseInviteCode(typed), code);
      assert.equal(parseInviteCode(code.toLowerCase()), code);
    }),
    { numRuns: 1000 },
  );
});

test('a link is read up to 2000 characters, and a longer text is not looked at', () => {
  const link = 'https://vouch.example/i/BCHKM3?'.padEnd(2000, 'x');
  assert.equal(parseInviteCode(link), 'BCHKM3');
  assert.equal(parseInviteCode(`${link}x`), undefined);
});

test('what is no code is none, and reading never throws', () => {
  for (const typed of [
    '',
    ' ',
    'BCHKM',
    'BCHKM33XZ2',
    'BCHKMA',
    'ЖЭЮБХЪ',
    'null',
    '/i/',
    'B\u0000CHKM3',
    'B'.repeat(2001),
  ]) {
    assert.equal(parseInviteCode(typed), undefined, typed);
  }
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (typed) => {
      assert.match(parseInviteCode(typed) ?? 'BBBBBB', /^[23456789BCDFGHJKMNPQRSTVWXZ]{6,9}$/);
    }),
    { numRuns: 1000 },
  );
});

test('a redemption is judged by what its one statement found', () => {
  const found = {
    alive: true,
    own_code: 'BBBBBB',
    present_code: null,
    found_code: 'CCCCCC',
    is_known: true,
    circle: false,
    redeemed: false,
    allowed: true,
    limit_wait: 7,
    limit_name: 'redeem',
  };
  for (const [facts, code] of [
    [{ own_code: 'CCCCCC' }, 'invite_code_own'],
    [{ present_code: 'DDDDDD' }, 'invite_code_already_redeemed'],
    [{ allowed: false, is_known: false }, 'too_many_redeem_attempts'],
    [{ is_known: false }, 'invite_code_unknown'],
    [{ circle: true }, 'invite_code_circle'],
  ] as const) {
    const judged = toRedeemOutcome('CCCCCC', { ...found, ...facts });
    assert.ok(typeof judged === 'object' && !judged.ok);
    assert.equal(judged.code, code);
  }
  assert.deepEqual(toRedeemOutcome('CCCCCC', { ...found, redeemed: true }), { ok: true, inviteCode: 'CCCCCC' });
  assert.deepEqual(toRedeemOutcome('CCCCCC', { ...found, present_code: 'CCCCCC' }), { ok: true, inviteCode: 'CCCCCC' });
  assert.equal(toRedeemOutcome('CCCCCC', found), 'retry');
  assert.equal(toRedeemOutcome('CCCCCC', { ...found, alive: false, redeemed: true }), undefined);
});

test('a page of the invited has a cursor only where more follow, and a masked one holds no full number', () => {
  const rows = ['+79161234567', '+447400123456', '+12015550123'].map((phone_number, at) => ({
    phone_number: phone_number as PhoneNumber,
    first_name: at === 1 ? 'Ada' : null,
    micros: `${1_700_000_000_000_000 - at}`,
    account_id: `0000000${at}-0000-4000-8000-000000000000`,
  }));
  assert.equal(toInvitedPage(rows, 3, 'full').cursor, null);
  assert.deepEqual(toInvitedPage([], 3, 'full'), { people: [], cursor: null });
  const page = toInvitedPage(rows, 2, 'masked');
  assert.deepEqual(page.people, [
    { firstName: null, redeemedAt: new Date(1_700_000_000_000), isMasked: true, text: '+7 •••••••• 67' },
    { firstName: 'Ada', redeemedAt: new Date(1_699_999_999_999), isMasked: true, text: '+44 •••••••• 56' },
  ]);
  assert.deepEqual(parseCursor(page.cursor!), { micros: rows[1]!.micros, accountId: rows[1]!.account_id });
});

test('a cursor with anything before or after it is none', () => {
  const written = '1700000000000000.00000001-0000-4000-8000-000000000000';
  const read = (text: string) => parseCursor(Buffer.from(text).toString('base64url'));
  assert.deepEqual(read(written), { micros: '1700000000000000', accountId: written.slice(17) });
  for (const other of [`x${written}`, `${written}x`]) assert.equal(read(other), undefined);
});

test('whatever comes as a cursor, reading it never throws', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.base64String()), (text) => {
      assert.equal(parseCursor(text), undefined);
    }),
  );
});
