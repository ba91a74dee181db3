import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The lane of a test file, by what it and the files that it imports do: they change what belongs to a whole process, or
 * start the browser that several files share, processes, or nothing. Files of one lane share processes, except those that
 * are alone.
 */
export type Lane = 'alone' | 'browser' | 'processes' | 'shared';

/**
 * The test files of the folder whose name contains one of the names, by lane. Without a name all files, except those
 * that hold deep tests alone unless the run is deep.
 */
export function lanesOf(folder: string, names: readonly string[], isDeep: boolean): Record<Lane, string[]> {
  const lanes: Record<Lane, string[]> = { alone: [], browser: [], processes: [], shared: [] };
  for (const file of readdirSync(folder).sort()) {
    const isNamed = names.length === 0 || names.some((name) => file.includes(name));
    if (!file.endsWith('.test.ts') || !isNamed) continue;
    const path = join(folder, file);
    if (isDeep || !isDeepAlone(textOf(path))) lanes[laneOf(path)].push(file);
  }
  // launches of the whole product take longest, and come first
  lanes.processes = lanes.processes.toSorted((one, other) => Number(launches(other)) - Number(launches(one)));
  return lanes;

  function launches(file: string): boolean {
    return textOf(join(folder, file)).includes("from './support/product-launch.ts'");
  }
}

/** Whether a test file takes long: it repeats or varies what it tests, as deep as a run wants, or says so itself. */
export function takesLong(path: string): boolean {
  return /^\/\/ Takes seconds: |from '.\/support\/depth.ts'/.test(textOf(path));
}

function isDeepAlone(text: string): boolean {
  return /\bimport .*\bdeepTest\b/.test(text) && !/\btest(Of)?\(/.test(text);
}

/** These change what belongs to a whole process, such as its working folder. */
const ownProcess = /process\.(chdir|on\(|env(\.\w+|\[.+?\]) = )|delete process\.env/;
/** These start processes, a server of PostgreSQL among them, and wait for them. */
const otherProcesses = /startEmbedded|from 'node:child_process'/;

function laneOf(path: string): Lane {
  const texts = closureOf(path, new Map());
  if (/from '.\/support\/(installed-)?browsers?\.ts'/.test(textOf(path))) return 'browser';
  texts.delete(join(path, '..', 'support', 'harness.ts'));
  const some = (fits: RegExp) => [...texts.values()].some((text) => fits.test(text));
  if (some(ownProcess)) return 'alone';
  return some(otherProcesses) ? 'processes' : 'shared';
}

/** The texts of a file and of all files outside `src/` that it imports. */
function closureOf(path: string, found: Map<string, string>): Map<string, string> {
  // a text that a test plants may name a file that is not there
  if (found.has(path) || !existsSync(path)) return found;
  const text = textOf(path);
  found.set(path, text);
  for (const [, target = ''] of text.matchAll(/from '(\.[^']+\.tsx?)'/g)) {
    if (!target.includes('/src/')) closureOf(join(path, '..', target), found);
  }
  return found;
}

function textOf(path: string): string {
  return readFileSync(path, 'utf8');
}
