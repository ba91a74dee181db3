import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../src/config/config.ts';
import { acceptedRisk, guessRisk } from '../src/limits/guess-risk.ts';
import { numberSends } from '../src/limits/rules.ts';

const problemsOf = (env: Record<string, string>) => {
  const read = parseConfig(env, () => '');
  return read.ok ? [] : read.problems;
};

test('by the default configuration a chosen number is taken over at most twice in 100,000 days, and any at most 0.02 times a day', () => {
  const read = parseConfig({}, () => '');
  assert.ok(read.ok);
  const { codeLength, sprayLimit } = read.config;
  const { ofNumber, ofAny } = guessRisk(codeLength, sprayLimit, numberSends.day.quota);
  // 19 guesses at six digits, and the other 71 of ten messages with nine guesses each at eight
  assert.equal(ofNumber.toPrecision(4), (19 / 1e6 + 71 / 1e8).toPrecision(4));
  assert.ok(ofNumber <= acceptedRisk.ofNumber && acceptedRisk.ofNumber === 0.00002);
  assert.equal(ofAny.toPrecision(4), (10_000 / 1e6 + 990_000 / 1e8).toPrecision(4));
  assert.ok(ofAny <= acceptedRisk.ofAny && acceptedRisk.ofAny === 0.02);
});

test('a configuration above the accepted risk does not start, in production or not', () => {
  for (const NODE_ENV of ['development', 'production']) {
    for (const [env, problem] of [
      [
        { CODE_LENGTH: '5' },
        /^CODE_LENGTH is 5, which is too short: guessing at one number would take over 0\.00019 accounts a day/,
      ],
      [{ CODE_LENGTH: '4', SPRAY_LIMIT: '1' }, /^CODE_LENGTH is 4, which is too short/],
      [
        { SPRAY_LIMIT: '10100' },
        /^SPRAY_LIMIT is 10100, which is too high for codes of 6 digits: .* 0\.02 is the most/,
      ],
      [{ CODE_LENGTH: '8', SPRAY_LIMIT: '30000' }, /^SPRAY_LIMIT is 30000, which is too high for codes of 8 digits/],
    ] as const) {
      const found = problemsOf({ ...env, NODE_ENV });
      assert.equal(found.filter((line) => problem.test(line)).length, 1, found.join('\n'));
      assert.equal(found.filter((line) => /accounts a day/.test(line)).length, 1, found.join('\n'));
    }
  }
  for (const env of [{}, { CODE_LENGTH: '7' }, { CODE_LENGTH: '8', SPRAY_LIMIT: '15000' }, { SPRAY_LIMIT: '10000' }]) {
    assert.deepEqual(problemsOf(env), []);
  }
});
