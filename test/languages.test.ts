// Takes seconds: `npm run test:fast` leaves this file out.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { languages } from '../src/kit/language.ts';
import { formatPhoneNumber, type PhoneNumber } from '../src/kit/phone-number.ts';
import type { Channel } from '../src/sms/provider.ts';
import { isDeep } from './support/depth.ts';
import { anyNumber, openApp } from './support/harness.ts';
import { HtmlClient, type HtmlResponse } from './support/html-client.ts';
import { testProvider } from './support/test-deliveries.ts';

/** The languages that are written in Cyrillic. */
const cyrillic = ['ru', 'kk'];
const channels: readonly Channel[] = ['sms', 'telegram', 'whatsapp'];

/** What a template leaves behind where it was given nothing. */
const holes = /\b(undefined|null|NaN|Invalid Date)\b|\[object |\$\{|\{\w+\}|function ?\(/;

/** A page's text: without its tags, and without what is not read. */
function textOf(html: string): string {
  const read = html.replace(/<(style|script|head)[\s\S]*?<\/\1>/g, ' ').replace(/<[^>]*>/g, ' ');
  return read.replaceAll(/[\u00a0\u202f\u2011]/g, (sign) => (sign === '\u2011' ? '-' : ' ')).replace(/\s+/g, ' ');
}

for (const language of languages) {
  for (const channel of channels) {
    for (const arrives of [true, false]) {
      const outcome = arrives ? 'arrives' : 'does not arrive';
      // every way in two languages, and in the others one
      const isUsual = language === 'ru' || language === 'en' || (channel === 'sms' && arrives);
      if (!isUsual && !isDeep) continue;
      test(`from the number to leaving every page says what it should in ${language} where the code comes by ${channel} and ${outcome}`, async () => {
        const provider = testProvider(
          'carrier',
          async ({ id }) =>
            arrives ? { ok: true, reference: id } : { ok: false, error: 'rejected', reason: 'no route' },
          { channel },
        );
        const app = await openApp({ sending: { providers: [provider] } });
        const visit = new HtmlClient(app, { 'accept-language': language });
        const number = anyNumber();
        const shown = formatPhoneNumber(number as PhoneNumber);
        const pages: HtmlResponse[] = [];
        const keep = (seen: HtmlResponse) => {
          pages.push(seen);
          return seen;
        };
        const settle = async () => {
          while (app.deliveries.load.sending > 0) await new Promise(setImmediate);
        };
        keep(await visit.get('/'));
        keep(await visit.post('/', { phone_number: '12' }));
        await visit.post('/', { phone_number: number });
        await settle();
        const asked = keep(await visit.get('/confirm/'));
        assert.match(asked.html, /role="status"><span[^>]*>[^<]{5,}<\/span>/, 'a sentence says that it was sent');
        assert.ok(textOf(asked.html).includes(shown), `the page says where the code went: ${textOf(asked.html)}`);
        const { code, text } = app.sent.at(-1)!;
        assert.doesNotMatch(text, holes);
        assert.ok(text.includes(code) && text.endsWith(`@vouch.example #${code}`), text);
        assert.equal(/\p{Script=Cyrillic}/u.test(text), cyrillic.includes(language), text);
        keep(await visit.post('/confirm/', { sms_code: code === '000000' ? '000001' : '000000' }));
        const again = await visit.post('/confirm/resend');
        await settle();
        keep(again.location ? await visit.get(again.location) : again);
        keep(await visit.post('/confirm/number'));
        app.clock.turn(121);
        await visit.post('/confirm/resend');
        await settle();
        keep(await visit.get('/confirm/'));
        assert.equal((await visit.post('/confirm/', { sms_code: code })).location, '/account/');
        const account = keep(await visit.get('/account/'));
        assert.ok(textOf(account.html).includes(shown), textOf(account.html));
        keep(await visit.post('/account/invite_code', { invite_code: 'BCDFGH' }));
        keep(await visit.post('/account/profile', { email: 'a@' }));
        keep(await visit.get('/i/BCDFGH'));
        for (const path of ['/logout/', '/account/delete/', '/nothing']) keep(await visit.get(path));
        assert.equal((await visit.post('/account/delete/')).location, '/');
        keep(await visit.get('/'));
        app.clock.turn(700);
        visit.cookies.set('__Host-pending', `${number}.6.${Date.now()}.0.0.0`);
        const expired = keep(await visit.get('/confirm/'));
        assert.ok(textOf(expired.html).includes(shown));
        for (const { html } of pages) {
          assert.match(html, new RegExp(`<html[^>]* lang="${language}"`));
          const read = textOf(html);
          assert.doesNotMatch(read, holes);
          assert.doesNotMatch(html, /="(?:undefined|null|NaN|\[object)/);
          const words = read.replaceAll(/Русский|Қазақша/g, '').match(/\p{Script=Cyrillic}{3,}/gu) ?? [];
          assert.equal(words.length > 0, cyrillic.includes(language), `${language}: ${read}`);
        }
      });
    }
  }
}
