import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { createProgress } from '../src/cli/progress.ts';
import { CsvText } from '../src/transfer/csv.ts';
import { readLines } from '../src/transfer/formats/lines.ts';
import { readObjects } from '../src/transfer/formats/objects.ts';
import { readImportedNumber } from '../src/transfer/imported-number.ts';

/** A text as a stream of chunks of so many octets, so that characters are cut, too. */
function chunksOf(text: string, size: number) {
  const bytes = Buffer.from(text);
  const count = Math.ceil(bytes.length / size);
  return Readable.from(Array.from({ length: count }, (_, at) => bytes.subarray(at * size, (at + 1) * size)));
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

test('objects are cut out of an array wherever its chunks end, with braces and quotes in their texts', async () => {
  const objects = [{ a: '}{"\\' }, { b: { c: [{ d: 'я' }] } }, {}, { e: '[' }];
  for (const size of [1, 2, 3, 7, 1000]) {
    const plain = await all(
      readObjects(chunksOf(` [${objects.map((one) => JSON.stringify(one)).join(' ,\n')}] `, size), 0),
    );
    assert.deepEqual(
      plain.map(({ line, text }) => [line, JSON.parse(text)]),
      objects.map((one, at) => [at + 1, one]),
    );
    const nested = await all(readObjects(chunksOf(JSON.stringify({ kind: 'x', users: objects }), size), 1));
    assert.deepEqual(
      nested.map(({ text }) => JSON.parse(text)),
      objects,
    );
  }
});

test('an object without an end, and one that is too long, are told and not kept', async () => {
  const cut = await all(readObjects(chunksOf('[{"a":1},{"b":', 5), 0));
  assert.deepEqual(
    cut.map(({ line, isWhole }) => [line, isWhole]),
    [
      [1, true],
      [2, false],
    ],
  );
  const long = await all(readObjects(chunksOf(`[{"a":"${'x'.repeat(1_000_001)}"},{"b":2}]`, 65_536), 0));
  assert.deepEqual(
    long.map(({ text, isWhole }) => [text, isWhole]),
    [
      ['', false],
      ['{"b":2}', true],
    ],
  );
});

test('lines are cut wherever chunks end; empty ones are left out, and one that is too long is told', async () => {
  const text = `\ufeffодин\r\n\n два \n${'x'.repeat(1_000_001)}\nlast`;
  for (const size of [1000, 65_536]) {
    const lines = await all(readLines(chunksOf(text, size)));
    assert.deepEqual(
      lines.map(({ line, text, isWhole }) => [line, text, isWhole]),
      [
        [1, 'один', true],
        [3, 'два', true],
        [4, '', false],
        [5, 'last', true],
      ],
    );
  }
});

test('a number is read if only one reading is possible', () => {
  for (const [text, region, expected] of [
    ['+49 1512 3456789', undefined, '+4915123456789'],
    ['0049 1512 3456789', 'RU', '+4915123456789'],
    ['89160000106', undefined, '+79160000106'],
    ['79160000106', undefined, '+79160000106'],
    ['01512 3456789', 'DE', '+4915123456789'],
    ['4915123456789', undefined, '+4915123456789'],
    ['9160000106', undefined, '+79160000106'],
    ['12345', undefined, 'number_invalid'],
    ['abc', undefined, 'number_invalid'],
    ['+0916', undefined, 'number_invalid'],
  ] as const) {
    const read = readImportedNumber(text, region, 'RU');
    assert.equal(read.ok ? read.phoneNumber : read.code, expected, text);
  }
  // a mobile number of Germany without its zero, and one of the United States without its plus
  const twice = readImportedNumber('15123456789', undefined, 'DE');
  assert.deepEqual(twice, { ok: false, code: 'number_ambiguous' });
});

test('a table has its columns once, quotes what it has to, and no text that a program of tables takes for a formula', () => {
  const table = new CsvText();
  const row = {
    id: 1,
    first_name: '=1+1',
    username: 'a,"b"',
    phone_number: '+79160000001',
    at: new Date(0),
    none: null,
  };
  const first = table.textOf([row]);
  assert.equal(
    first,
    'id,first_name,username,phone_number,at,none\r\n' + '1,\'=1+1,"a,""b""",+79160000001,1970-01-01T00:00:00.000Z,\r\n',
  );
  assert.equal(table.textOf([row]).split('\r\n').length, 2);
  // any text may come from a person, a provider or a caller
  const texts = ["=cmd|'calc'!A1", '+1+1', '-2', '@SUM(A1)', '\t=1'];
  const cells = new CsvText()
    .textOf(texts.map((reason) => ({ reason })))
    .split('\r\n')
    .slice(1, -1);
  assert.deepEqual(
    cells,
    texts.map((text) => `'${text}`),
  );
});

test('the progress of a command is one line on a terminal, and nothing elsewhere', () => {
  const shown = (isTTY: boolean) => {
    let text = '';
    const write = (part: string) => {
      text += part;
    };
    const progress = createProgress({ isTTY, write });
    progress.show(0.5, '10 people');
    progress.end();
    return text;
  };
  assert.equal(shown(false), '');
  const bar = `[${'#'.repeat(15)}${'-'.repeat(15)}] 50 %`;
  assert.equal(shown(true), `\r\u001b[K${bar}  10 people\r\u001b[K`);
});
