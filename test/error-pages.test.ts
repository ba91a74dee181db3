import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openApp } from './support/harness.ts';
import { HtmlClient } from './support/html-client.ts';

const terms = /\b(?:40\d|50\d|HTTP|JSON|API|Retry-After|Accept|not_found|cross_site|bad_request)\b/;

test('an error page speaks to people, and its identifiers stand behind details', async () => {
  const app = await openApp();
  for (const language of ['ru', 'en']) {
    const visit = new HtmlClient(app, { 'accept-language': language });
    const pages = [
      [await visit.get('/nothing'), 'not_found'],
      [await visit.get('/problems/nothing'), 'not_found'],
      [await visit.get('/problems/wrong_code'), 'wrong_code'],
      [await visit.post('/', {}, { 'sec-fetch-site': 'cross-site' }), 'cross_site'],
    ] as const;
    for (const [{ html }, code] of pages) {
      const [before = '', inside = ''] = html.slice(html.indexOf('<main')).split(/<details[^>]*>|<\/details>/);
      assert.doesNotMatch(before.replace(/<[^>]*>/g, ' '), terms);
      assert.match(inside, new RegExp(`<code>${code}</code>`));
    }
  }
});
