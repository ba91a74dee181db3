import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import postgres from 'postgres';
import { smsruProvider } from '../src/sms/smsru.ts';
import { twilioProvider } from '../src/sms/twilio.ts';
import { openBrowser, openVisitor } from './support/browser.ts';
import { deepTest } from './support/depth.ts';
import { accept, startFakeSmsc } from './support/fake-smsc.ts';
import { anyNumber, freshDatabase, openApp, testKey } from './support/harness.ts';
import { start } from './support/product-process.ts';
import { provider } from './support/provider-contract.ts';

deepTest(
  'a person signs in by page, in a browser, with a code that came over SMPP, and the receipt is recorded',
  async (context) => {
    let [text, taken] = ['', 0];
    const server = await startFakeSmsc(context, {
      submit: (pdu, session) => {
        text += (pdu.short_message as { message: string }).message;
        taken += 1;
        accept(session, pdu, `smsc-${taken}`);
      },
    });
    const databaseUrl = await freshDatabase();
    const product = start({
      NODE_ENV: 'production',
      DATABASE_URL: databaseUrl,
      SECRET_KEYS: testKey,
      PUBLIC_URL: 'http://127.0.0.1',
      DEFAULT_LOCALE: 'en',
      SMS_ROUTES: '*=smpp',
      SMPP_URL: `smpp://vouch:pa55word@127.0.0.1:${server.port}`,
      SMPP_SOURCE: 'Vouch',
    });
    const url = await product.ready;
    const { page } = await openVisitor(await openBrowser(), url);
    page.setDefaultTimeout(10_000);
    await page.goto(`${url}/`);
    await page.fill('#phone_number', '+7 916 123-45-67');
    await page.press('#phone_number', 'Enter');
    await page.waitForURL('**/confirm/');
    while (!/#\d{6}$/.test(text)) await pause(10);
    await server.ask('deliver_sm', {
      esm_class: 4,
      source_addr: '79161234567',
      destination_addr: 'Vouch',
      short_message: Buffer.from(
        `id:smsc-${taken} sub:001 dlvrd:001 submit date:2611240900 done date:2611240900 stat:DELIVRD err:000 text:`,
      ),
    });
    await page.fill('#sms_code', /#(\d{6})$/.exec(text)![1]!);
    await page.press('#sms_code', 'Enter');
    await page.waitForURL('**/account/');
    const sql = postgres({ ...placeOf(databaseUrl), max: 1 });
    const read = async () => {
      const [row] =
        await sql`select state, provider, country, segments, delivered_at is not null as told, completed_at is not null as completed from delivery`;
      return row!;
    };
    // a receipt may come before it is known to which message it belongs; it is kept until then
    for (let times = 0; times < 200 && !(await read()).told; times += 1) await pause(50);
    const row = await read();
    await sql.end();
    assert.deepEqual(row, {
      state: 'delivered',
      provider: 'smpp',
      country: 'RU',
      segments: taken,
      told: true,
      completed: true,
    });
    assert.ok(!product.output().includes('79161234567'));
  },
);

function placeOf(databaseUrl: string): { host: string; database: string; user: string } {
  const url = new URL(databaseUrl);
  return { host: url.searchParams.get('host') ?? url.hostname, database: url.pathname.slice(1), user: url.username };
}

test('receipts come through the door of callbacks in each provider’s own form, signed; others change nothing', async () => {
  const twilioSends = await provider((_, reply) =>
    reply
      .writeHead(201, { 'content-type': 'application/json' })
      .end('{"sid":"SM1","status":"queued","num_segments":"1"}'),
  );
  const publicUrl = 'https://vouch.example';
  const twilio = twilioProvider({
    baseUrl: twilioSends.origin,
    accountSid: 'AC1',
    authToken: 'token',
    from: '+15550100',
    messagingServiceSid: undefined,
    publicUrl,
  });
  const smsru = smsruProvider({ baseUrl: 'http://127.0.0.1:1', apiId: 'key' });
  const app = await openApp({ sending: { providers: [twilio, smsru] } });
  const phone = anyNumber();
  await app.call('POST', '/api/request-sms/', { phone_number: phone });
  while (app.deliveries.load.sending > 0) await pause(1);
  const state = async () => (await app.sql`select state, reason from delivery where phone_number = ${phone}`)[0];
  const form = { MessageSid: 'SM1', MessageStatus: 'delivered' };
  const body = new URLSearchParams(form).toString();
  const post = (url: string, payload: string, headers: Record<string, string>) =>
    app.server.inject({ method: 'POST', url, payload, headers });
  const urlencoded = { 'content-type': 'application/x-www-form-urlencoded' };
  const forged = await post('/callbacks/twilio', body, { ...urlencoded, 'x-twilio-signature': 'AAAA' });
  assert.equal(forged.statusCode, 403);
  assert.equal((await post('/callbacks/twilio', body, urlencoded)).statusCode, 403);
  assert.equal((await state())!.state, 'accepted');
  const signed = createHmac('sha1', 'token')
    .update(
      `${publicUrl}/callbacks/twilio${Object.entries(form)
        .sort()
        .map(([name, value]) => name + value)
        .join('')}`,
    )
    .digest('base64');
  for (let time = 0; time < 2; time += 1) {
    const told = await post('/callbacks/twilio', body, { ...urlencoded, 'x-twilio-signature': signed });
    assert.equal(told.statusCode, 200, told.body);
  }
  assert.equal((await state())!.state, 'delivered');

  const data = 'sms_status\n000-1\n103\n';
  const hash = createHash('sha256').update(`key${data}`).digest('hex');
  const boundary = 'vouch';
  const parts = Object.entries({ 'data[0]': data, hash }).map(
    ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const multipart = await post('/callbacks/smsru', `${parts.join('')}--${boundary}--\r\n`, {
    'content-type': `multipart/form-data; boundary=${boundary}`,
  });
  assert.equal(multipart.body, '100', 'it wants to hear that');
  assert.equal((await app.server.inject({ url: '/callbacks/nobody' })).statusCode, 404);
  const giant = await post('/callbacks/twilio', 'x'.repeat(300_000), urlencoded);
  assert.equal(giant.statusCode, 413);
});
