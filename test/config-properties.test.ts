import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { parseConfig } from '../src/config/config.ts';
import { providerVariables } from '../src/config/provider-variables.ts';
import { variables } from '../src/config/variables.ts';
import { repetitions } from './support/depth.ts';

interface Told {
  readonly example: string;
  readonly secret?: true;
}

const known = new Map<string, Told>([
  ...Object.entries<Told>(variables),
  ...Object.values(providerVariables).flatMap((some) => Object.entries<Told>(some)),
]);
const names = [...known.keys()];
/** Every provider is named by a route, so that every variable is read. */
const base = {
  SMS_ROUTES: `*=${Object.keys(providerVariables).join(',')}`,
  DEV_INBOX: 'off',
};

const hostile = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1 }),
  fc.string({ unit: fc.constantFrom(...' \t\n\r\0"\'`$#=,;:/\\{}[]()<>|&*?~^%@!-+_.0aZé…\u202e\ud800'), minLength: 1 }),
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    'null',
    'undefined',
    'true',
    '0',
    '-1',
    '1e9',
    'NaN',
    '٤',
    '９',
  ),
  fc.constantFrom(
    'https://',
    'http://[',
    'postgres://[::1',
    'smpp://%zz:%zz@h',
    '{"__proto__":{"a":"b"}}',
    '+=,+=',
    '*=*',
  ),
  fc.constantFrom(...[...known.values()].map(({ example }) => example)),
  fc.string({ minLength: 5000, maxLength: 6000 }),
);

test('any value of any variable is taken or refused by its name; nothing throws, and no secret is repeated', () => {
  fc.assert(
    fc.property(fc.constantFrom(...names), hostile, (name, value) => {
      const found = parseConfig({ ...base, [name]: value }, assert.fail);
      const problems = found.ok ? [] : found.problems;
      for (const problem of problems) assert.match(problem, /^[A-Z][A-Z0-9_]+ /, problem);
      const isRepeatable = !known.get(name)?.secret || value.length < 8;
      if (isRepeatable || [...known.values()].some(({ example }) => example.includes(value))) return;
      assert.ok(!problems.some((problem) => problem.includes(value)), name);
      if (found.ok) assert.ok(!`${inspect(found.config, { depth: 9 })}${JSON.stringify(found.config)}`.includes(value));
    }),
    { numRuns: repetitions(3000, 300) },
  );
});

test('a problem begins with the name of its variable, also where a value is refused together with others', () => {
  const words = [...known.values()].map(({ example }) => example);
  const numbers = Array.from({ length: 12 }, (_, at) => String(at));
  const found = new Set<string>();
  for (const NODE_ENV of ['development', 'production']) {
    for (const name of names) {
      for (const value of new Set([...words, ...numbers, '30000', '1000000', 'on', 'off', 'network', 'yes'])) {
        const parsed = parseConfig({ ...base, NODE_ENV, [name]: value }, () => '');
        for (const problem of parsed.ok ? [] : parsed.problems) {
          assert.match(problem, /^[A-Z][A-Z0-9_]+ /, problem);
          found.add(problem);
        }
      }
    }
  }
  assert.ok(found.size > 200, `only ${found.size} problems were found`);
});

test('of any variables that are wrong together each is told, once, in one start', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.constantFrom(...names), { minLength: 1 }), (wrong) => {
      const env = { ...base, ...Object.fromEntries(wrong.map((name) => [name, 'x\u0007'])) };
      const found = parseConfig(env, assert.fail);
      assert.ok(!found.ok);
      // without routes no provider is read
      const read = wrong.includes('SMS_ROUTES') ? wrong.filter((name) => name in variables) : wrong;
      for (const name of read) {
        const told: readonly string[] = found.problems.filter((problem) =>
          problem.startsWith(`${name} holds the control character U+0007`),
        );
        assert.equal(told.length, 1, name);
      }
    }),
    { numRuns: 200 },
  );
});

test('white space, other case and other digits make another value, and never the default', () => {
  const words: Record<string, readonly string[]> = {
    NODE_ENV: ['production', 'development', 'test'],
    DEV_INBOX: ['on', 'off', 'network'],
    INVITED_PHONES: ['full', 'masked'],
    SMS_ROUTING: ['fixed', 'measured'],
    DATABASE_POOLER: ['none', 'transaction'],
    TEST_NUMBERS_IN_PRODUCTION: ['yes', 'no'],
    LOG_LEVEL: ['info', 'warn'],
    CODE_LENGTH: ['6', '7', '8'],
    PORT: ['0', '8000'],
    WORKERS: ['1'],
    TRUST_PROXY: ['off', '1'],
  };
  for (const [name, values] of Object.entries(words)) {
    for (const value of values) {
      const spoilt = [
        ` ${value}`,
        `${value} `,
        `"${value}"`,
        `${value}\u200b`,
        `${value}\ufeff`,
        `${value}\r`,
        `${value};`,
      ];
      if (/[a-z]/.test(value))
        spoilt.push(value.toUpperCase(), `${value[0]!.toUpperCase()}${value.slice(1)}`, value.slice(0, -1));
      else spoilt.push(`0x${value}`, `${value}.5`, `+${value}`, `-${value}`, `${value}e1`, value.replace(/\d/g, '٤'));
      for (const wrong of spoilt) {
        const found = parseConfig({ [name]: wrong }, assert.fail);
        assert.ok(!found.ok && found.problems[0]?.startsWith(`${name} `), `${name}=${JSON.stringify(wrong)}`);
      }
    }
  }
});
