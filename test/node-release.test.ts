import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { logEndOfLife } from '../src/kit/node-release.ts';

function linesOn(version: string, day: string): { level: number; version: string; endOfLife: string }[] {
  const lines: string[] = [];
  const log = pino({}, { write: (line) => void lines.push(line) });
  logEndOfLife(log, version, new Date(`${day}T12:00:00Z`));
  return lines.map((line) => JSON.parse(line));
}

test('a start on a Node.js past its end of life says so in one line', () => {
  const [line, ...others] = linesOn('20.19.0', '2026-05-01');
  assert.deepEqual(others, []);
  assert.equal(line?.level, 40);
  assert.deepEqual([line?.version, line?.endOfLife], ['20.19.0', '2026-04-30']);
});

test('a start on a supported Node.js, or on one that is not known, says nothing', () => {
  for (const [version, day] of [
    ['20.19.0', '2026-04-30'],
    ['22.12.0', '2026-05-01'],
    ['24.0.0', '2026-05-01'],
    ['26.1.0', '2026-05-01'],
    ['99.0.0', '2126-05-01'],
  ] as const) {
    assert.deepEqual(linesOn(version, day), [], `${version} on ${day}`);
  }
});
