import assert from 'node:assert/strict';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { deepTest, testOf } from './support/depth.ts';
import { anyNumber, freshDatabase, testKey } from './support/harness.ts';
import { post, start, workingFolder } from './support/product-process.ts';

const folder = workingFolder();

deepTest('two processes start at once against one empty database, and what one begins the other ends', async () => {
  const databaseUrl = await freshDatabase({ migrated: false });
  const env = { DATABASE_URL: databaseUrl, SECRET_KEYS: testKey };
  const [one, other] = [start(env), start(env)];
  const urls = await Promise.all([one.ready, other.ready]);
  assert.match(one.output(), /dev\/inbox/);
  const number = anyNumber();
  assert.equal((await post(`${urls[0]}/api/request-sms/`, { phone_number: number })).status, 201);
  const inbox = await (await fetch(`${urls[0]}/dev/inbox.json?phone=${encodeURIComponent(number)}`)).json();
  const [{ code, to, text }] = (inbox as { messages: { code: string; to: string; text: string }[] }).messages as [
    never,
  ];
  assert.equal(to, number);
  assert.match(text, new RegExp(`@127\\.0\\.0\\.1 #${code}$`));
  assert.equal((await post(`${urls[1]}/api/verify-sms/`, { phone_number: number, sms_code: code })).status, 201);
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  testOf(signal === 'SIGTERM')(`${signal} ends the process, and every request in flight is answered`, async () => {
    const process = start({ DATABASE_URL: await freshDatabase(), SECRET_KEYS: testKey });
    const url = await process.ready;
    await post(`${url}/api/request-sms/`, { phone_number: anyNumber() });
    const answers = Array.from({ length: 40 }, () => post(`${url}/api/request-sms/`, { phone_number: anyNumber() }));
    await Promise.race(answers);
    process.child.kill(signal);
    const settled = await Promise.allSettled(answers);
    const [code] = await once(process.child, 'exit');
    assert.equal(code, 0);
    for (const one of settled) {
      // a connection that the stopping process never accepted is refused: nothing of it was in flight
      if (one.status === 'rejected') assert.equal(one.reason.code, 'ECONNREFUSED');
      else assert.ok([201, 503].includes(one.value.status), one.value.body);
    }
    assert.ok(settled.some((one) => one.status === 'fulfilled' && one.value.status === 201));
  });
}

test('production refuses to start without what it needs, and says all of it at once', async () => {
  await writeFile(join(folder, '.env'), 'CODE_LENGTH=6\nPORT=notaport\n');
  const process = start({ NODE_ENV: 'production', PORT: '', DEV_INBOX: 'on', CODE_LENGTH: '3' }, [], folder);
  const [code] = await once(process.child, 'exit');
  await rm(join(folder, '.env'));
  assert.equal(code, 1);
  for (const name of ['PORT', 'CODE_LENGTH', 'SECRET_KEYS', 'SMS_ROUTES', 'DEV_INBOX', 'PUBLIC_URL']) {
    assert.match(process.output(), new RegExp(`^  ${name}.*Example: ${name}=`, 'm'), process.output());
  }
  assert.match(process.output(), /PORT has to be a whole number .*"notaport"/);
});

test('in production the company’s own sender gets the message, and nobody else sees the code', async () => {
  const got: { authorization: string | undefined; body: { to: string; text: string } }[] = [];
  const sender = createServer((incoming, answer) => {
    let text = '';
    incoming.on('data', (chunk) => (text += chunk));
    incoming.on('end', () => {
      got.push({ authorization: incoming.headers.authorization, body: JSON.parse(text) });
      answer.writeHead(204).end();
    });
  }).listen(0, '127.0.0.1');
  await once(sender, 'listening');
  after(() => sender.close());
  await writeFile(join(folder, 'token'), 'a-token\n');
  const process = start({
    NODE_ENV: 'production',
    DATABASE_URL: await freshDatabase(),
    SECRET_KEYS: testKey,
    PUBLIC_URL: 'https://vouch.example',
    SMS_ROUTES: '*=http',
    SMS_HTTP_URL: `http://127.0.0.1:${(sender.address() as AddressInfo).port}/send`,
    SMS_HTTP_TOKEN_FILE: join(folder, 'token'),
  });
  const url = await process.ready;
  const asked = await post(`${url}/api/request-sms/`, { phone_number: '+7 916 123-45-67' });
  assert.equal(asked.status, 201, asked.body);
  while (got.length === 0) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(got[0]!.authorization, 'Bearer a-token');
  assert.equal(got[0]!.body.to, '+79161234567');
  const code = /@vouch\.example #(\d{6})$/.exec(got[0]!.body.text)![1]!;
  assert.equal((await fetch(`${url}/dev/inbox`)).status, 404);
  assert.ok(!process.output().includes(code));
  assert.ok(!process.output().includes('79161234567'));
  assert.equal((await post(`${url}/api/verify-sms/`, { phone_number: '+79161234567', sms_code: code })).status, 201);
  assert.equal(
    (await post(`${url}/api/request-sms/`, { phone_number: '+7 495 123-45-67' })).status,
    400,
    'only mobile numbers',
  );
});
