import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What OWASP ASVS 5.0 asks at level 2 of a service such as ours, and some of level 3. */
const asked = [
  ['2.2', 1, 3],
  ['2.3', 1, 4],
  ['2.4', 1, 1],
  ['3.3', 1, 4],
  ['3.4', 1, 6],
  ['3.4', 8, 8],
  ['3.5', 1, 3],
  ['4.1', 1, 4],
  ['4.2', 1, 1],
  ['6.1', 1, 1],
  ['6.1', 3, 3],
  ['6.3', 1, 1],
  ['6.3', 4, 5],
  ['6.3', 7, 8],
  ['6.5', 1, 5],
  ['6.6', 1, 3],
  ['7.1', 1, 2],
  ['7.2', 1, 4],
  ['7.3', 1, 2],
  ['7.4', 1, 5],
  ['7.5', 1, 2],
  ['8.2', 1, 3],
  ['8.3', 1, 2],
  ['11.2', 1, 5],
  ['11.4', 1, 4],
  ['11.5', 1, 1],
  ['13.2', 1, 5],
  ['13.3', 1, 2],
  ['13.4', 1, 5],
  ['14.2', 1, 1],
  ['14.3', 2, 2],
  ['15.3', 1, 7],
  ['15.4', 1, 4],
  ['16.2', 5, 5],
  ['16.3', 1, 4],
  ['16.4', 1, 1],
  ['16.5', 1, 4],
] as const;

interface Item {
  readonly tests?: readonly string[];
  readonly reason?: string;
}

test('each item of the standard has tests that exist, or a reason', async () => {
  const { items } = JSON.parse(await readFile(`${root}docs/asvs.json`, 'utf8')) as { items: Record<string, Item> };
  const ids = asked.flatMap(([section, first, last]) =>
    Array.from({ length: last - first + 1 }, (_, at) => `${section}.${first + at}`),
  );
  assert.deepEqual(Object.keys(items).sort(), ids.sort());
  const names = await testNames();
  assert.deepEqual(missing(items, names), []);
});

test('an item without a test, and one whose test is gone, are found', () => {
  const names = new Set(['a.test.ts: it holds']);
  const found = missing(
    {
      '1.1.1': { tests: ['a.test.ts: it holds'] },
      '1.1.2': { tests: [] },
      '1.1.3': { tests: ['a.test.ts: it held'] },
      '1.1.4': { reason: '  ' },
      '1.1.5': { reason: 'There is no such thing' },
      '1.1.6': {},
    },
    names,
  );
  assert.deepEqual(found, [
    '1.1.2: neither test nor reason',
    '1.1.3: no test "a.test.ts: it held"',
    '1.1.4: neither test nor reason',
    '1.1.6: neither test nor reason',
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
  return Object.entries(items).flatMap(([id, { tests = [], reason = '' }]) => {
    if (tests.length === 0 && reason.trim() === '') return [`${id}: neither test nor reason`];
    return tests.filter((name) => !names.has(name)).map((name) => `${id}: no test "${name}"`);
  });
}

/** Every test by its file and its name as it is written, placeholders of a template included. */
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
