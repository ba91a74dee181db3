import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { explained } from '../lab/mutation/explained.ts';
import type { Explained } from '../lab/mutation/mutant.ts';
import { rules, statements } from '../lab/mutation/targets.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

function isOfCode({ file, from, within }: Pick<Explained, 'file' | 'from' | 'within'>): boolean {
  if (!(file in rules || file in statements) || !existsSync(root + file)) return false;
  const lines = readFileSync(root + file, 'utf8').split('\n');
  return lines.some((line) => line.includes(from) && (within === undefined || line.includes(within)));
}

test('each explanation of a surviving mutant is of code that is there and that is mutated', () => {
  assert.deepEqual(
    explained.filter((one) => !isOfCode(one)).map(({ file, from }) => `${file}: ${from}`),
    [],
  );
});

test('each file that is mutated, and each test that is run against it, is there', () => {
  for (const [file, tests] of [...Object.entries(rules), ...Object.entries(statements)]) {
    assert.ok(existsSync(root + file), file);
    for (const name of tests) assert.ok(existsSync(`${root}test/${name}.test.ts`), `${file}: ${name}`);
  }
});

test('the functions of every file of SQL are mutated', () => {
  const files = readdirSync(`${root}src`, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.sql'),
  );
  assert.ok(files.length > 0);
  assert.deepEqual(
    files.filter((file) => !(`src/${file}` in statements)),
    [],
  );
});

test('an explanation of code that is gone is found', () => {
  assert.equal(isOfCode({ file: 'src/kit/secret.ts', from: 'nothing of the kind' }), false);
  assert.equal(isOfCode({ file: 'src/kit/nowhere.ts', from: '' }), false);
  assert.equal(isOfCode({ file: 'src/kit/secret.ts', from: 'timingSafeEqual', within: 'nothing' }), false);
});
