// Takes seconds: `npm run test:fast` leaves this file out.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Brand } from '../src/brand/brand.ts';
import { contrast, isReadable, minTextContrast, nearestReadable, textOn } from '../src/brand/contrast.ts';
import { brandFiles } from '../src/brand/files.ts';
import { parseLogo } from '../src/brand/logo.ts';
import { languages } from '../src/kit/language.ts';
import { createInbox } from '../src/sms/inbox.ts';
import { testOf } from './support/depth.ts';
import { anyNumber, openApp, withToken } from './support/harness.ts';
import { HtmlClient, type HtmlResponse } from './support/html-client.ts';
import { chunk, png } from './support/png.ts';

const svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 32"><path d="M0 0h96v32H0z"/></svg>';
const logo = { type: 'image/svg+xml', content: svg, ratio: 3 } as const;
const acme: Brand = {
  name: 'Acme & Söhne',
  color: '#1d4ed8',
  logo: { light: logo, dark: logo },
  links: {
    home: 'https://acme.example/',
    terms: 'https://acme.example/terms',
    privacy: 'https://acme.example/privacy',
    support: 'mailto:help@acme.example',
  },
  isOwn: true,
};
const branded = { brand: acme, publicUrl: 'https://id.acme.example', host: 'id.acme.example' };

for (const publicUrl of ['https://id.acme.example', 'http://id.acme.example']) {
  testOf(publicUrl.startsWith('https'))(
    `no page, header, file or message of a branded instance names the product at ${publicUrl}`,
    async () => {
      const app = await openApp({ ...branded, publicUrl, inbox: createInbox(), devInbox: 'network' });
      const origin = { origin: publicUrl, host: 'id.acme.example' };
      for (const language of publicUrl.startsWith('https') ? languages : (['en'] as const)) {
        const visit = new HtmlClient(app, { 'accept-language': language, ...origin });
        for (const page of await pagesOf(visit, (number) => app.codeFor(number))) assertUnnamed(page);
      }
      for (const path of filesIn((await new HtmlClient(app).get('/i/nobody')).html)) {
        assertUnnamed(await new HtmlClient(app).get(path));
      }
      for (const path of ['/favicon.ico', '/manifest.webmanifest', '/redoc/', '/brand/preview.png'])
        assertUnnamed(await new HtmlClient(app).get(path));
      const refused = await app.call('GET', '/api/users/me', undefined, withToken('x'));
      assertUnnamed({ html: refused.body, headers: refused.headers });
      assert.ok(app.sent.length > 0);
      for (const { text } of app.sent) {
        assert.doesNotMatch(text, /vouch/i);
        assert.ok(text.includes(acme.name), text);
      }
    },
  );
}

/** Every page that a person can see, in the order of a journey. */
async function pagesOf(visit: HtmlClient, codeFor: (number: string) => string): Promise<HtmlResponse[]> {
  const number = anyNumber();
  const pages = [await visit.get('/'), await visit.post('/', { phone_number: '12' })];
  pages.push(await visit.post('/', { phone_number: number }), await visit.get('/confirm/'));
  pages.push(await visit.post('/confirm/', { sms_code: 'x' }), await visit.get('/dev/inbox'));
  pages.push(await visit.post('/confirm/resend'), await visit.post('/confirm/number'));
  pages.push(await visit.post('/confirm/', { sms_code: codeFor(number) }));
  for (const path of ['/account/', '/logout/', '/account/delete/', '/i/nobody', '/nothing', '/problems/wrong_code'])
    pages.push(await visit.get(path));
  const code = /\/i\/(\w+)/.exec(pages.find(({ html }) => html.includes('data-copy'))?.html ?? '')?.[1];
  pages.push(await visit.get(`/i/${code}`), await visit.post('/account/invite_code', { invite_code: `${code}` }));
  pages.push(await visit.post('/', {}, { 'sec-fetch-site': 'cross-site' }), await visit.post('/account/delete/'));
  pages.push(await visit.get('/'));
  return pages;
}

function filesIn(html: string): string[] {
  return [
    ...html.matchAll(
      /(?:href|src|srcset|content)="(?:https?:\/\/id\.acme\.example)?(\/(?:brand|assets|manifest|apple)[^"]*)"/g,
    ),
  ].map(([, path = '']) => path.replaceAll('&amp;', '&'));
}

function assertUnnamed({ html, headers }: Pick<HtmlResponse, 'html' | 'headers'>): void {
  assert.doesNotMatch(html, /vouch/i);
  assert.doesNotMatch(JSON.stringify(headers), /vouch/i);
}

test('a branded page has the name, the logo, the addresses and the preview, and no link for developers', async () => {
  const app = await openApp(branded);
  const visit = new HtmlClient(app, { 'accept-language': 'en' });
  const page = (await visit.get('/')).html;
  assert.match(page, /<title>What’s your number\? · Acme &amp; Söhne<\/title>/);
  assert.match(page, /<source srcset="\/brand\/logo-dark\.svg\?v=[\w-]{8}" media="\(prefers-color-scheme:dark\)"/);
  assert.match(page, /<img src="\/brand\/logo\.svg\?v=[\w-]{8}" width="90" height="30" alt="Acme &amp; Söhne"/);
  for (const address of Object.values(acme.links)) assert.ok(page.includes(`href="${address}"`), address);
  assert.doesNotMatch(page, /\/redoc\/|style=/);
  const member = new HtmlClient(app);
  await member.signIn(anyNumber());
  const [, code] = /\/i\/(\w+)/.exec((await member.get('/account/')).html) ?? [];
  const invited = (await visit.get(`/i/${code}`)).html;
  assert.match(invited, /property="og:site_name" content="Acme &amp; Söhne"/);
  assert.match(invited, /property="og:image" content="https:\/\/id\.acme\.example\/brand\/preview\.png\?v=/);
});

test('the icons, the manifest and the preview image are made from the brand', async () => {
  const app = await openApp(branded);
  const get = (url: string) => app.server.inject({ method: 'GET', url });
  const manifest = (await get('/manifest.webmanifest')).json();
  assert.deepEqual([manifest.name, manifest.theme_color], [acme.name, acme.color]);
  const sizes = [
    ['/apple-touch-icon.png', 180, 180],
    ['/brand/preview.png', 1200, 630],
  ] as const;
  const appIcons = manifest.icons.slice(1).map((icon: { src: string; sizes: string }) => {
    const size = Number.parseInt(icon.sizes, 10);
    return [icon.src, size, size];
  });
  assert.equal(appIcons.length, 2);
  for (const [url, width, height] of [...sizes, ...appIcons]) {
    const { rawPayload: png, headers } = await get(url);
    assert.equal(headers['content-type'], 'image/png');
    assert.equal(png.toString('latin1', 1, 4), 'PNG');
    assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [width, height], url);
  }
  const ico = (await get('/favicon.ico')).rawPayload;
  assert.deepEqual([ico.readUInt16LE(2), ico.readUInt16LE(4), ico.readUInt8(6)], [1, 1, 48]);
  assert.equal(ico.toString('latin1', 23, 26), 'PNG');
  const { body: icon, headers } = await get('/brand/icon.svg');
  assert.match(String(headers['content-security-policy']), /^default-src 'none';.*sandbox$/);
  assert.match(icon, /#1d4ed8.*>A<\/text>/);
});

test('the colour of the brand is in the stylesheet, and a button has it where it is seen on the paper', async () => {
  const style = async (color: string) => {
    const app = await openApp({ ...branded, brand: { ...acme, color } });
    const { body } = await app.server.inject({ method: 'GET', url: '/brand/style.css' });
    return body.slice(body.indexOf(':root{--gold', 300));
  };
  const blue = await style('#1d4ed8');
  assert.match(blue, /^:root\{--gold:#1d4ed8;--act:#1d4ed8;--on-act:#ffffff\}/);
  assert.match(blue, /dark\)\{:root\{--gold:#1d4ed8;--act:#f5f3ed;--on-act:#17171c\}\}/);
  assert.match(blue, /\.stub\{[^}]*color:#ffffff;background:#1d4ed8\}/);
  const gold = await style('#ffc629');
  assert.match(gold, /^:root\{--gold:#ffc629;--act:#17171c;--on-act:#ffffff\}/);
  assert.match(gold, /dark\)\{:root\{--gold:#ffc629;--act:#ffc629;--on-act:#17171c\}\}/);
});

const hex = fc.integer({ min: 0, max: 0xffffff }).map((value) => `#${value.toString(16).padStart(6, '0')}`);

test('contrast is that of WCAG, and the nearest readable colour is readable and near', () => {
  assert.equal(contrast('#000000', '#ffffff'), 21);
  assert.equal(contrast('#767676', '#ffffff').toFixed(2), '4.54');
  assert.equal(nearestReadable('#ff0000'), '#ff0900');
  fc.assert(
    fc.property(hex, (color) => {
      const nearest = nearestReadable(color);
      assert.ok(textOn(nearest).contrast >= minTextContrast, `${color} ${nearest}`);
      assert.equal(nearest === color, isReadable(color));
    }),
    { numRuns: 30 },
  );
});

test('an SVG logo loads and runs nothing', () => {
  const parse = (text: string) => parseLogo(Buffer.from(text));
  const parsed = parse(`<?xml version="1.0"?>\n<!-- a -->\n${svg}\n`);
  assert.ok(!('reason' in parsed) && parsed.ratio === 3);
  const inner = (text: string) => svg.replace('</svg>', `${text}</svg>`);
  for (const [text, reason] of [
    ['GIF89a', /neither an SVG document nor a PNG/],
    [svg.replace('</svg>', ''), /neither an SVG document nor a PNG/],
    [svg.replace(/ viewBox="[^"]*"/, ''), /no viewBox/],
    [svg.replace('96', '960'), /8 times as wide/],
    [svg.replace('96', '6'), /4 times as high/],
    [inner('<script>1</script>'), /a script/],
    [inner('<g onload="x()"/>'), /event handler/],
    [inner('<foreignObject/>'), /foreignObject/],
    [inner('<image href="https://a.example/x.png"/>'), /another file/],
    [inner('<style>@font-face{src:url(https://a.example/x)}</style>'), /another file/],
    [`<!DOCTYPE svg>${svg}`, /neither an SVG document nor a PNG/],
    [inner(' '.repeat(70_000)), /longer than 64 KiB/],
  ] as const) {
    const refused = parse(text);
    assert.match('reason' in refused ? refused.reason : '', reason, text.slice(0, 100));
  }
  for (const text of ['<use href="#a"/>', '<image href="data:image/png;base64,x"/>', '<path fill="url(#a)"/>'])
    assert.ok(!('reason' in parse(inner(text))), text);
});

test('a PNG logo is whole, sharp, still and of a size that a page can carry', () => {
  const good = png(300, 100);
  assert.deepEqual(parseLogo(good), { type: 'image/png', content: good, ratio: 3 });
  const flipped = Buffer.from(good);
  flipped.writeUInt8(flipped.readUInt8(50) ^ 1, 50);
  for (const [file, reason] of [
    [good.subarray(0, 40), /damaged/],
    [good.subarray(0, -12), /damaged/],
    [flipped, /damaged/],
    [Buffer.from('89504e470d0a1a0a', 'hex'), /damaged/],
    [png(300, 100, { rows: 1 }), /pixels are missing/],
    [png(300, 100, { rows: 3000 }), /damaged/],
    [png(100, 59), /59 pixels high, and fewer than 60 are blurred/],
    [png(0, 100), /4 times as high|damaged/],
    [png(2049, 1000), /longer than 2048 pixels/],
    [png(900, 100), /8 times as wide/],
    [png(60, 300), /4 times as high/],
    [png(300, 100, { more: [chunk('acTL', Buffer.alloc(8))] }), /animated/],
    [png(300, 100, { more: [chunk('tEXt', Buffer.alloc(70_000))] }), /longer than 64 KiB/],
  ] as const) {
    const refused = parseLogo(file);
    assert.match('reason' in refused ? refused.reason : 'accepted', reason);
  }
});

test('PNG logos are shown light and dark in their own size, and a square one is the icon', async () => {
  const toLogo = (content: Buffer, ratio: number) => ({ type: 'image/png', content, ratio }) as const;
  const [light, dark] = [png(64, 64), png(320, 80)];
  const logos = { light: toLogo(light, 1), dark: toLogo(dark, 4) };
  const app = await openApp({ ...branded, brand: { ...acme, logo: logos } });
  const page = (await new HtmlClient(app).get('/')).html;
  const [, darkUrl = ''] =
    /<source srcset="(\/brand\/logo-dark\.png\?v=[\w-]{8})" [^>]*width="120" height="30"/.exec(page) ?? [];
  const [, lightUrl = ''] = /<img src="(\/brand\/logo\.png\?v=[\w-]{8})" width="30" height="30"/.exec(page) ?? [];
  for (const [url, file] of [
    [lightUrl, light],
    [darkUrl, dark],
  ] as const) {
    const { rawPayload, headers } = await app.server.inject({ method: 'GET', url });
    assert.equal(headers['content-type'], 'image/png');
    assert.match(String(headers['cache-control']), /immutable/);
    assert.ok(rawPayload.equals(file));
  }
  const icon = await app.server.inject({ method: 'GET', url: '/brand/icon.svg' });
  assert.match(icon.body, /<image width='32' height='32' href='data:image\/png;base64,/);
  const { rawPayload: touchIcon } = await app.server.inject({ method: 'GET', url: '/apple-touch-icon.png' });
  assert.equal(touchIcon.readUInt32BE(16), 180);
  const white = toLogo(png(64, 64, { grey: 0xff }), 1);
  const other = brandFiles({ ...acme, logo: { light: white, dark: white } }).touchIcon;
  assert.ok(!touchIcon.equals(Buffer.from(await other.content())), 'the pixels of the logo are in the icon');
});
