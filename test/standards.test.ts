import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Every requirement of OWASP ASVS 5.0.0 at levels 1 and 2, by section: 253 of the 345 (the rest is level 3). */
const required: Readonly<Record<string, string>> = {
  '1.1': '1-2',
  '1.2': '1-9',
  '1.3': '1-11',
  '1.4': '1-3',
  '1.5': '1-2',
  '2.1': '1-3',
  '2.2': '1-3',
  '2.3': '1-4',
  '2.4': '1',
  '3.2': '1-2',
  '3.3': '1-4',
  '3.4': '1-6',
  '3.5': '1-5',
  '3.7': '1-2',
  '4.1': '1-3',
  '4.2': '1',
  '4.3': '1-2',
  '4.4': '1-4',
  '5.1': '1',
  '5.2': '1-3',
  '5.3': '1-2',
  '5.4': '1-3',
  '6.1': '1-3',
  '6.2': '1-12',
  '6.3': '1-4',
  '6.4': '1-4',
  '6.5': '1-5',
  '6.6': '1-3',
  '6.8': '1-4',
  '7.1': '1-3',
  '7.2': '1-4',
  '7.3': '1-2',
  '7.4': '1-5',
  '7.5': '1-2',
  '7.6': '1-2',
  '8.1': '1-2',
  '8.2': '1-3',
  '8.3': '1',
  '8.4': '1',
  '9.1': '1-3',
  '9.2': '1-4',
  '10.1': '1-2',
  '10.2': '1-2',
  '10.3': '1-4',
  '10.4': '1-11',
  '10.5': '1-5',
  '10.6': '1-2',
  '10.7': '1-3',
  '11.1': '1-2',
  '11.2': '1-3',
  '11.3': '1-3',
  '11.4': '1-4',
  '11.5': '1',
  '11.6': '1',
  '12.1': '1-3',
  '12.2': '1-2',
  '12.3': '1-4',
  '13.1': '1',
  '13.2': '1-5',
  '13.3': '1-2',
  '13.4': '1-5',
  '14.1': '1-2',
  '14.2': '1-4',
  '14.3': '1-3',
  '15.1': '1-3',
  '15.2': '1-3',
  '15.3': '1-7',
  '16.1': '1',
  '16.2': '1-5',
  '16.3': '1-4',
  '16.4': '1-3',
  '16.5': '1-3',
  '17.1': '1',
  '17.2': '1-4',
  '17.3': '1-2',
};

interface Item {
  readonly level: number;
  readonly status: string;
  readonly tests?: readonly string[];
  readonly reason?: string;
}

test('each requirement of levels 1 and 2 is met, not met or not applicable, with tests that exist or a reason', async () => {
  const items = await readItems();
  const ids = Object.entries(required).flatMap(([section, numbers]) =>
    numbers.split(',').flatMap((range) => {
      const [first = 0, last = first] = range.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, index) => `${section}.${first + index}`);
    }),
  );
  assert.equal(ids.length, 253);
  const named = Object.keys(items).filter((id) => items[id]!.level <= 2);
  assert.deepEqual(named.sort(), ids.sort());
  assert.deepEqual(missing(items, await testNames()), []);
});

test('SECURITY.md counts the requirements as docs/asvs.json has them', async () => {
  const items = Object.values(await readItems()).filter(({ level }) => level <= 2);
  const count = (status: string) => items.filter((item) => item.status === status).length;
  const sentence = `Of the 253 requirements ${count('met')} are met, ${count('not met')} are not met and ${count('not applicable')} are not applicable`;
  const text = (await readFile(`${root}SECURITY.md`, 'utf8')).replaceAll(/\s+/g, ' ');
  assert.ok(text.includes(sentence), sentence);
});

test('an item without a test, and one whose test is gone, are found', () => {
  const names = new Set(['a.test.ts: it holds']);
  const met = { level: 1, status: 'met' };
  const found = missing(
    {
      '1.1.1': { ...met, tests: ['a.test.ts: it holds'] },
      '1.1.2': { ...met, tests: [] },
      '1.1.3': { ...met, tests: ['a.test.ts: it held'] },
      '1.1.4': { ...met, reason: '  ' },
      '1.1.5': { ...met, reason: 'There is no such thing' },
      '1.1.6': met,
      '1.1.7': { level: 2, status: 'not met', tests: ['a.test.ts: it holds'] },
      '1.1.8': { level: 2, status: 'partly', reason: 'Nearly' },
    },
    names,
  );
  assert.deepEqual(found, [
    '1.1.2: neither test nor reason',
    '1.1.3: no test "a.test.ts: it held"',
    '1.1.4: neither test nor reason',
    '1.1.6: neither test nor reason',
    '1.1.7: not met without a reason',
    '1.1.8: the status "partly"',
  ]);
});

test('each test that a document cites exists', async () => {
  const names = await testNames();
  for (const [file, least] of [
    ['SECURITY.md', 30],
    ['README.md', 6],
    ['README.ru.md', 6],
  ] as const) {
    const text = await readFile(`${root}${file}`, 'utf8');
    const cited = [...text.matchAll(/`test\/([\w-]+\.test\.ts)`: (.+?)(?=<br>| \||$)/gm)].map(
      (match) => `${match[1]}: ${match[2]}`,
    );
    assert.ok(cited.length >= least, `${file} cites ${cited.length} tests`);
    assert.deepEqual(
      cited.filter((name) => !names.has(name)),
      [],
      file,
    );
  }
});

test('SECURITY.md has each of the thirty known failures once, with a test or the word that it is not there yet', async () => {
  const text = await readFile(`${root}SECURITY.md`, 'utf8');
  const rows = [...text.matchAll(/^\| (\d+) \| (.+?) \| (.+) \|$/gm)];
  assert.deepEqual(
    rows.map((row) => Number(row[1])),
    Array.from({ length: 30 }, (_, at) => at + 1),
  );
  for (const row of rows) assert.match(row[3]!, /^`test\/|^Not there yet: /, row[0]);
});

function missing(items: Readonly<Record<string, Item>>, names: ReadonlySet<string>): string[] {
  return Object.entries(items).flatMap(([id, { status, tests = [], reason = '' }]) => {
    if (!['met', 'not met', 'not applicable'].includes(status)) return [`${id}: the status "${status}"`];
    if (status !== 'met' && reason.trim() === '') return [`${id}: ${status} without a reason`];
    if (tests.length === 0 && reason.trim() === '') return [`${id}: neither test nor reason`];
    return tests.filter((name) => !names.has(name)).map((name) => `${id}: no test "${name}"`);
  });
}

async function readItems(): Promise<Record<string, Item>> {
  return (JSON.parse(await readFile(`${root}docs/asvs.json`, 'utf8')) as { items: Record<string, Item> }).items;
}

/** Every test by its file and its name as it is written, placeholders of a template included. */
/** The tests that `npm test` runs: a document does not cite a deep one. */
async function testNames(): Promise<Set<string>> {
  const files = (await readdir(`${root}test`)).filter((file) => file.endsWith('.test.ts'));
  const names = await Promise.all(
    files.map(async (file) => {
      const text = await readFile(`${root}test/${file}`, 'utf8');
      return [...text.matchAll(/\btest\(\s*(['"`])((?:\\.|(?!\1).)+)\1/g)].map(
        (match) => `${file}: ${match[2]!.replace(/\\(.)/g, '$1')}`,
      );
    }),
  );
  return new Set(names.flat());
}
