import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { variables } from '../src/config/variables.ts';
import { timeouts } from '../src/http/load-shedding.ts';
import { acceptedRisk, maxGuesses, maxGuessesInAll, maxShortGuesses } from '../src/limits/guess-risk.ts';
import { networkBuckets } from '../src/limits/rate-limit.ts';
import {
  authorizationRequests,
  inviteCodeAttempts,
  maxFailures,
  networkGuesses,
  networkMessages,
  numberSends,
  profileConflicts,
  redeemAttempts,
  testNumberGuesses,
  testNumberSends,
} from '../src/limits/rules.ts';
import { codeLifeSeconds } from '../src/sign-in/challenge.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const text = await readFile(`${root}SECURITY.md`, 'utf8');
const cells = text.replaceAll(/\s+/g, ' ');
const figure = (count: number) => count.toLocaleString('en');

/** The quotas of a client network: of a /64, a /56 and a /48. */
function ofNetworks(limit: Parameters<typeof networkBuckets>[2]): [string, string, string] {
  const [one = '', larger = '', largest = ''] = networkBuckets('a', '2001:db8::1', limit).map((bucket) =>
    figure(bucket.limit.quota),
  );
  return [one, larger, largest];
}

test('the limits of SECURITY.md are those of the code', () => {
  const [guesses, guesses56, guesses48] = ofNetworks(networkGuesses);
  const [messages, messages56, messages48] = ofNetworks(networkMessages(variables.NETWORK_MESSAGES_PER_HOUR.default));
  const [apps, apps56, apps48] = ofNetworks(authorizationRequests);
  const [invites, invites56, invites48] = ofNetworks(inviteCodeAttempts);
  const [pause, pause2, pause3] = numberSends.pauses;
  for (const row of [
    `| Guesses per challenge | ${maxGuesses} with its token; ${maxGuesses} by its client network without it; ${maxGuessesInAll} together |`,
    `per number | ${maxShortGuesses} a day; then codes have eight digits |`,
    `all numbers | ${figure(variables.SPRAY_LIMIT.default)} a day; then codes have eight digits |`,
    `in a row, per number | ${maxFailures}; then no codes`,
    `per client network | ${guesses} an hour; ${guesses56} for a /56, ${guesses48} for a /48 |`,
    `| one in ${pause} s, then ${pause2}, then ${pause3} per client; ${numberSends.hour.quota} an hour and ${numberSends.day.quota} a day`,
    `or IPv6 /64 | ${messages} an hour; ${messages56} for a /56, ${messages48} for a /48 |`,
    `nothing is sent | ${testNumberSends.quota} an hour, and ${testNumberGuesses.quota} wrong guesses a day`,
    `without a session | ${apps} an hour per client network (${apps56} for a /56, ${apps48} for a /48) |`,
    `| ${redeemAttempts.quota} an hour per number, ${invites} per client network (${invites56} for a /56, ${invites48} for a /48) |`,
    `refused as taken | ${profileConflicts.quota} an hour per account, ${profileConflicts.quota} per client network |`,
    `| Lifetime of a code | ${codeLifeSeconds / 60} minutes |`,
    `| The head of a request | ${timeouts.maxHeaderSize / 1024} KiB in ${timeouts.headersTimeout / 1000} s |`,
    `| A whole request | ${timeouts.requestTimeout / 1000} s;`,
    `${timeouts.keepAliveTimeout / 1000} s idle between requests`,
    `at most ${acceptedRisk.ofNumber.toFixed(5)} a day`,
    `at most ${acceptedRisk.ofAny} a day`,
    `\`SESSIONS_MAX\` (${variables.SESSIONS_MAX.default})`,
    `\`AUDIT_KEEP_DAYS\` (${variables.AUDIT_KEEP_DAYS.default})`,
    `after ${variables.SESSION_IDLE_DAYS.default} days without use, and after ${variables.SESSION_LIFETIME_DAYS.default} days`,
  ])
    assert.ok(cells.includes(row), row);
});

test('each file of tests that SECURITY.md names exists, and has a test that every run of all tests has', async () => {
  const files = new Set([...text.matchAll(/`(test\/[\w-]+\.test\.ts)`/g)].map(([, file]) => file ?? ''));
  assert.ok(files.size > 50, String(files.size));
  const unfit = await Promise.all(
    [...files].map(async (file) =>
      existsSync(root + file) && /^\s*(?:test|testOf\([^)]*\))\(/m.test(await readFile(root + file, 'utf8'))
        ? []
        : [file],
    ),
  );
  assert.deepEqual(unfit.flat(), []);
});

test('each section of SECURITY.md that makes a promise names its tests', () => {
  const withoutPromise = ['Reporting a vulnerability'];
  const silent = text
    .split(/^## /m)
    .slice(1)
    .filter((section) => !section.includes('`test/'))
    .map((section) => section.split('\n', 1)[0] ?? '');
  assert.deepEqual(silent, withoutPromise);
});
