import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readFailures, readPatch, withTable } from './known-failures/failures.ts';
import { applied } from './known-failures/patch.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const failures = await readFailures();

test('every known failure is put back by three patches, or there is a reason', async () => {
  assert.deepEqual(
    failures.map(({ number }) => number),
    Array.from({ length: 30 }, (_, at) => at + 1),
  );
  for (const { number, patches = {}, reason } of failures) {
    assert.ok(Object.keys(patches).length > 0 !== Boolean(reason), `${number}: patches or a reason`);
    assert.ok(reason || Object.keys(patches).length >= 3, `${number}: put back in three ways`);
    for (const tests of Object.values(patches)) assert.ok(tests.length > 0, `${number}: no test is named`);
  }
  const named = failures.flatMap(({ patches = {} }) => Object.keys(patches).map((name) => `${name}.patch`));
  const there = (await readdir(`${root}test/known-failures`)).filter((name) => name.endsWith('.patch'));
  assert.deepEqual(there.sort(), named.sort());
});

test('every patch still fits the code', async () => {
  for (const name of failures.flatMap(({ patches = {} }) => Object.keys(patches))) {
    const changed = applied(await readPatch(name), (path) => readFileSync(root + path, 'utf8'));
    assert.ok(changed.size > 0, name);
  }
});

test('a patch that does not fit, or changes nothing, is found', () => {
  const patch = '--- a/a.ts\n+++ b/a.ts\n@@ -1,2 +1,2 @@\n one\n-two\n+three\n';
  assert.deepEqual([...applied(patch, () => 'zero\none\ntwo\n')], [['a.ts', 'zero\none\nthree\n']]);
  assert.throws(() => applied(patch, () => 'one\nfour\n'), /does not fit/);
  assert.throws(() => applied('', () => ''), /changes nothing/);
});

test('the table of SECURITY.md is that of the known failures', async () => {
  const text = await readFile(`${root}SECURITY.md`, 'utf8');
  assert.equal(text, withTable(text, failures), 'npm run docs');
});
