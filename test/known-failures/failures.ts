import { readFile } from 'node:fs/promises';

/** How a system that does our job failed in public, and what of ours notices it. */
export interface Failure {
  readonly number: number;
  /** What went wrong, in our words. */
  readonly fault: string;
  /** Where it was published. */
  readonly seen: string;
  /** By the name of a patch that puts the fault into our code: the tests that have to fail then. */
  readonly patches?: Readonly<Record<string, readonly string[]>>;
  /** Why there is no patch. */
  readonly reason?: string;
}

/** The failures, in the order of their numbers. */
export async function readFailures(): Promise<readonly Failure[]> {
  return JSON.parse(await readFile(new URL('failures.json', import.meta.url), 'utf8'));
}

/** The text of a patch. */
export function readPatch(name: string): Promise<string> {
  return readFile(new URL(`${name}.patch`, import.meta.url), 'utf8');
}

/** A test as it is cited: its file and its name as it is written, placeholders of a template included. */
export function testNamed(cited: string): { file: string; pattern: RegExp } {
  const [, file = '', name = ''] = /^([\w-]+\.test\.ts): (.+)$/.exec(cited) ?? [];
  const literal = name.split(/\$\{\w+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'));
  return { file, pattern: new RegExp(`${literal.join('.+')}$`) };
}

/** The table of `SECURITY.md`. */
function tableOf(failures: readonly Failure[]): string {
  const rows = failures.map(({ number, fault, seen, patches = {}, reason }) => {
    const tests = [...new Set(Object.values(patches).flat())].map((test) => `\`test/${test.replace(': ', '`: ')}`);
    const names = Object.keys(patches).map((name) => `\`${name}\``);
    return `| ${number} | ${fault} (${seen}) | ${reason ?? tests.join('<br>')} | ${names.join('<br>') || '—'} |`;
  });
  const head = ['| # | How it went wrong elsewhere | Our test | Put back by |', '| --- | --- | --- | --- |'];
  return [...head, ...rows].join('\n');
}

const marked = /(<!-- known failures -->\n)[\s\S]*?(\n<!-- \/known failures -->)/;

/** A document with the table put between its marks. */
export function withTable(document: string, failures: readonly Failure[]): string {
  return document.replace(marked, (_, open, close) => open + tableOf(failures) + close);
}
