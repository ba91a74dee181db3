import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encode } from 'uqr';
import { anyNumber, openApp } from './support/harness.ts';
import { HtmlClient } from './support/html-client.ts';

const app = await openApp();

/** The modules that a path of rectangles covers, as rows of a square. */
function drawnModules(path: string, size: number): boolean[][] {
  const modules = Array.from({ length: size }, () => Array.from({ length: size }, () => false));
  for (const [, x, y, width] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g)) {
    modules[Number(y)]!.fill(true, Number(x), Number(x) + Number(width));
  }
  return modules;
}

test('the page of an account shows the own link as a QR code with a quiet zone, and says so in words', async () => {
  const visit = new HtmlClient(app);
  await visit.signIn(anyNumber());
  const { html } = await visit.get('/account/');
  const [, link = ''] = /data-copy="([^"]+)"/.exec(html) ?? [];
  assert.match(link, /^https?:\/\/.+\/i\/\w+$/);
  const [, attributes = '', drawing = ''] = /<svg class="qr"([^>]*)>(.*?)<\/svg>/s.exec(html) ?? [];
  assert.match(attributes, /role="img"/);
  assert.ok(attributes.includes(`aria-label="QR-код ссылки ${link}"`), attributes);
  const { data, size } = encode(link, { ecc: 'M', border: 4 });
  assert.match(attributes, new RegExp(`viewBox="0 0 ${size} ${size}"`));
  const [, path = ''] = /^<path d="([^"]+)"/.exec(drawing) ?? [];
  assert.deepEqual(drawnModules(path, size), data);
});
