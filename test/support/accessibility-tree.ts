import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import type { Sql } from 'postgres';

const folder = new URL('../accessibility-trees/', import.meta.url);

/** Whether a run writes the trees that it finds, instead of comparing them. */
const isRenewing = process.env.RENEW_TREES === 'yes';

/** The parts of a tree that differ from run to run, and the text that stands for each. */
const variable: readonly [found: RegExp, text: string][] = [
  [/https?:\/\/127\.0\.0\.1:\d+/g, 'https://vouch.example'],
  [/127\.0\.0\.1(:\d+)?/g, 'vouch.example'],
  [/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'request-id'],
  [/\+7 \d{3} \d{3} \d{2} \d{2}/g, '+7 916 123 45 67'],
  [/\+7\d{10}/g, '+79161234567'],
  // a code of digits alone is quoted
  [/"(KX3RT7)"/g, '$1'],
  [/\b[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}\b/g, 'BCDF-GHJK'],
  [/\/oauth\/interaction\/[\w-]+/g, '/oauth/interaction/uid'],
  [/cursor=\w+/g, 'cursor=next'],
  [/\b\d{6}\b/g, '123456'],
  [/\b(\d{1,2} \p{L}+\.? \d{4}( г\.)?|\p{L}{3} \d{1,2}, \d{4})/gu, 'date'],
  [/\b\d{1,2}:\d{2}(:\d{2})?( [AP]M)?\b/g, 'time'],
  [/(- time: )(\d{1,2} \p{L}+\.?|\p{L}{3} \d{1,2}), /gu, '$1date, '],
  [/(in|через) \d+ \p{L}+/gu, '$1 a while'],
];

/** The accessibility tree of a page, as Chromium has it and Playwright writes it; all invite codes are one. */
async function treeOf(page: Page, sql: Sql): Promise<string> {
  const tree = (await page.locator('body').ariaSnapshot()).replaceAll('\u00a0', ' ');
  const codes = await sql<{ code: string }[]>`select code from invite_code`;
  const withoutCodes = codes.reduce((text, { code }) => text.replaceAll(code, 'KX3RT7'), tree);
  return `${variable.reduce((text, [found, stand]) => text.replace(found, stand), withoutCodes)}\n`;
}

/** Compares the tree of a page with the stored one of this state and language. */
export async function assertTree(
  { page, language, sql }: { page: Page; language: string; sql: Sql },
  state: string,
): Promise<void> {
  const file = new URL(`${state.replaceAll(/[ ,]+/g, '-')}.${language}.aria.yml`, folder);
  const tree = await treeOf(page, sql);
  if (isRenewing) {
    mkdirSync(folder, { recursive: true });
    return writeFileSync(file, tree);
  }
  assert.equal(
    tree,
    readFileSync(file, 'utf8'),
    `${state}, ${language}: RENEW_TREES=yes npm test -- accessibility writes the new tree`,
  );
}
