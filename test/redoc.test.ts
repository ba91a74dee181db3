import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import type { Document } from './support/assert-openapi.ts';
import { openBrowser, openSite, openVisitor } from './support/browser.ts';

test('/redoc/ shows every call of the document, asks no other host, and the browser complains about nothing', async () => {
  const site = await openSite();
  const { page, context, elsewhere, problems } = await openVisitor(await openBrowser(), site.url);
  const broken: string[] = [];
  page.on('requestfailed', (request) => broken.push(request.url()));
  await page.goto('/redoc/');
  await page.waitForSelector('[data-section-id]');
  await page.waitForLoadState('networkidle');
  const shown = await page.textContent('body');
  const { paths } = site.server.swagger() as unknown as Document;
  const summaries = Object.values(paths).flatMap((methods) =>
    Object.values(methods).map(
      (operation) => (operation as { summary?: string }).summary ?? 'a call without a summary',
    ),
  );
  assert.ok(summaries.length > 10, `only ${summaries.length} calls`);
  for (const summary of summaries) assert.ok(shown!.includes(summary), `${summary} is not shown`);
  assert.deepEqual(elsewhere, []);
  assert.deepEqual(broken, []);
  assert.deepEqual(problems, []);
  await context.close();
});

test('our copy of Redoc names no place to load from, and no source map', async () => {
  const script = await readFile(new URL('../public/redoc-2.5.4/redoc.standalone.js', import.meta.url), 'utf8');
  for (const trace of ['cdn.redoc', 'sourceMappingURL=redoc']) assert.ok(!script.includes(trace), trace);
});
