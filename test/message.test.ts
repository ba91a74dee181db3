import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Language, languages } from '../src/kit/language.ts';
import { guessesTold, parseCode } from '../src/sign-in/challenge.ts';
import { codeMessage, fitsOneSegment } from '../src/sms/code-message.ts';

const messageText = (language: Language, code: string, host: string) => codeMessage({ language, code, host });
const longestHost = 44;

/** The basic characters of GSM 03.38 that a code's message may need; anything else would make a segment 70 long. */
const gsm = /^[A-Za-z0-9 \r\n@.,:;!?#()'"%&*+\-/<=>_]*$/;

test('the message fits one segment in every language, for every host up to 44 characters and every length of code', () => {
  for (const language of languages) {
    for (let length = 4; length <= 8; length += 1) {
      for (let host = 4; host <= longestHost; host += 1) {
        const text = messageText(language, '0'.repeat(length), `${'h'.repeat(host - 3)}.ru`);
        assert.ok(fitsOneSegment(text), `${language} ${length} ${host}: ${text.length}`);
        if (['en', 'de', 'es'].includes(language)) assert.match(text, gsm);
      }
    }
  }
});

test('the message ends with a line that binds the code to the host, and has the code in words before it', () => {
  for (const language of languages) {
    for (const host of ['vouch.example', 'localhost', `${'h'.repeat(200)}.example`]) {
      const text = messageText(language, '012345', host);
      assert.ok(text.endsWith(`\n@${host} #012345`), text);
      const [words, blank, bound, ...more] = text.split('\n');
      assert.ok(words?.includes('012345'));
      assert.deepEqual([blank, bound, more], ['', `@${host} #012345`, []]);
    }
  }
});

test('the friendliest sentence that fits is sent', () => {
  assert.match(messageText('ru', '012345', 'v.ru'), /^012345 — код для входа. Никому его не говорите\n/);
  assert.match(messageText('ru', '012345', 'sign-in.vouch.example'), /^012345 — ваш код для входа\n/);
  assert.match(messageText('en', '012345', 'vouch.example'), /^012345 is your sign-in code. Do not share/);
});

test('of a longer host the next sentence is sent that still fits, to the last character, and the shortest else', () => {
  for (const [language, words, segment] of [
    ['ru', ' — ваш код для входа', 70],
    ['ru', ' — код входа', 70],
    ['en', ' is your sign-in code', 160],
    ['de', ' ist Ihr Anmeldecode', 160],
    ['tr', ' giriş kodunuz', 70],
  ] as const) {
    const host = 'h'.repeat(segment - `012345${words}\n\n@ #012345`.length);
    const text = messageText(language, '012345', host);
    assert.equal(text, `012345${words}\n\n@${host} #012345`);
    assert.equal(text.length, segment);
  }
  assert.match(messageText('ru', '012345', 'h'.repeat(200)), /^Код 012345\n/);
  assert.match(messageText('en', '012345', 'h'.repeat(200)), /^Code 012345\n/);
});

test('the message names the brand and the hash of the app, in one segment, before the line that binds the code', () => {
  for (const language of languages) {
    for (const host of ['id.example.com', 'signin.a-longer-name.example']) {
      const text = codeMessage({ language, code: '01234567', host, brand: 'Acme Bank', appHash: 'FA+9qCX9VSu' });
      assert.ok(text.includes('Acme Bank') && text.includes('01234567'), text);
      assert.ok(text.endsWith(`\n\nFA+9qCX9VSu\n@${host} #01234567`), text);
      assert.ok(fitsOneSegment(text), text);
      assert.equal(parseCode(text, 8), '01234567');
    }
  }
  // a letter outside of the GSM alphabet leaves 70 characters, and the text is chosen for that
  const text = codeMessage({ language: 'en', code: '012345', host: 'id.example.com', brand: 'Ромашка' });
  assert.ok(text.length <= 70 && text.includes('Ромашка'), text);
});

test('a whole pasted message of ours is read as its code, in every language and for every length', () => {
  const digits = fc.integer({ min: 4, max: 8 }).chain((length) => fc.stringMatching(new RegExp(`^[0-9]{${length}}$`)));
  const host = fc.constantFrom('vouch.example', 'a1.ru', '127.0.0.1', '123456.example', 'x-2025.example.org');
  fc.assert(
    fc.property(digits, host, fc.constantFrom(...languages), (code, at, language) => {
      assert.equal(parseCode(messageText(language, code, at), code.length), code);
    }),
  );
});

test('a code is read in any spelling', () => {
  for (const typed of [
    '012345',
    ' 012345 ',
    '012 345',
    '012-345',
    '012\u2011345',
    '0 1 2 3 4 5',
    '\u200e012345\u200f',
    '０１２３４５',
    '٠١٢٣٤٥',
    '०१२३४५',
    'Код: 012345.',
    'Your code is 012345',
    '@vouch.example #012345',
    '99999 — @vouch.example #012345',
    '2025-11: 012345',
    12345,
    '999999 — @vouch.example #012345',
    '012345'.padEnd(1000),
  ]) {
    assert.equal(parseCode(typed, 6), '012345', String(typed));
  }
  assert.equal(parseCode(385, 6), '000385');
  assert.equal(parseCode(123456, 6), '123456');
  assert.equal(parseCode(0, 6), '000000');
  assert.equal(parseCode(0, 4), '0000');
});

test('what holds no code is none', () => {
  for (const typed of [
    '',
    ' ',
    '12345',
    '1234567',
    '01234x',
    'null',
    'true',
    '[]',
    '12.345',
    '1e5',
    '+12345',
    '-12345',
  ]) {
    assert.equal(parseCode(typed, 6), undefined, typed);
  }
  for (const number of [-1, 1.5, 1e6, 1e21, Number.NaN, Number.POSITIVE_INFINITY, -0.5]) {
    assert.equal(parseCode(number, 6), undefined, String(number));
  }
  for (const long of ['9'.repeat(10_000), '012345'.padEnd(1001)]) assert.equal(parseCode(long, 6), undefined);
});

test('whatever is typed gives undefined or exactly so many Latin digits', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary', maxLength: 1100 }),
        fc.double(),
        fc.integer(),
        fc.stringMatching(/^[\d ٠-٩]*$/),
      ),
      fc.integer({ min: 4, max: 8 }),
      (typed, length) => {
        assert.match(parseCode(typed, length) ?? '0'.repeat(length), new RegExp(`^[0-9]{${length}}$`));
      },
    ),
    { numRuns: 500 },
  );
});

test('guesses left are told from three down', () => {
  assert.deepEqual([4, 3, 2, 1, 0].map(guessesTold), [undefined, 3, 2, 1, 0]);
});
