import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findFunctionChanges } from '../lab/mutation/functions.ts';

const src = fileURLToPath(new URL('../src', import.meta.url));

/** The names of the changes of a body, each with its text before and after. */
function changesOf(body: string): Record<string, string> {
  const source = `-- a < b\ncreate function vouch.f(p_a int default 1)\nreturns int language plpgsql as $$\n${body}\n$$;\n`;
  return Object.fromEntries(
    findFunctionChanges(source).map(({ name, at, from, to }) => {
      assert.equal(source.slice(at, at + from.length), from);
      return [name, `${from}→${to}`];
    }),
  );
}

test('each kind of mistake is planted in a function', () => {
  assert.deepEqual(changesOf('  if a < 1 then\n    return;\n  end if;'), {
    'f/bound/1': ' < → <= ',
    'f/bound/2': ' < → >= ',
    'f/number/1': '1→2',
    'f/condition/1': 'a < 1→false',
    'f/condition/2': 'a < 1→true',
    'f/return/1': 'return;→null;',
  });
  assert.deepEqual(changesOf("  x := y[2:] - interval '30 s'; -- not 5"), {
    'f/assignment/1': "x := y[2:] - interval '30 s';→null;",
    'f/number/1': '2→3',
    'f/slice/1': '[2:]→',
    'f/sign/1': ' - → + ',
    'f/number/2': '30→31',
  });
  assert.deepEqual(changesOf("  update t set a = 'x = 1', b = p where k = p_k;"), {
    'f/column/1': "a = 'x = 1', →",
    'f/column/2': ', b = p→',
    'f/where/1': 'where k = p_k→where true',
    'f/equality/1': ' = → <> ',
  });
  assert.deepEqual(changesOf('  select a into b from t order by a desc limit 1 for update;'), {
    'f/order/1': ' desc→ asc',
    'f/order/2': ' limit 1→',
    'f/number/1': '1→2',
    'f/lock/1': ' for update→',
  });
  assert.deepEqual(changesOf('  perform g() on conflict (k) do nothing;\n  return found;'), {
    'f/perform/1': 'perform g() on conflict (k) do nothing;→null;',
    'f/conflict/1': ' on conflict (k) do nothing→',
    'f/not/1': 'return found→return not found',
  });
  assert.deepEqual(changesOf('  exit when not a or greatest(b, c) is null;'), {
    'f/condition/1': 'not a or greatest(b, c) is null→false',
    'f/condition/2': 'not a or greatest(b, c) is null→true',
    'f/not/1': 'not →',
    'f/logic/1': ' or → and ',
    'f/where/1': 'or greatest(b, c) is null→or false',
    'f/extreme/1': 'greatest(→least(',
    'f/null/1': ' is null→ is not null',
  });
});

test('a name of a change stays when lines move, and no two have the same', () => {
  assert.deepEqual(changesOf('\n\n  a := b + 1;'), changesOf('  a := b + 1;'));
  for (const file of readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.sql'))) {
    const names = findFunctionChanges(readFileSync(join(src, file), 'utf8')).map(({ name }) => name);
    assert.ok(names.length > 0, file);
    assert.equal(new Set(names).size, names.length, file);
  }
});
