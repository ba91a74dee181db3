import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openAdminClient } from './support/admin-client.ts';
import { AppProcess, connectDatabase } from './support/app-processes.ts';
import { type Answer, anyNumber, freshDatabase, openApp } from './support/harness.ts';
import { testProvider } from './support/test-deliveries.ts';

const testNumber = '+79990000001';
const testNumbers = new Map([[testNumber, '123456']]);
const app = await openApp({ managementApi: true, networkMessagesPerHour: 20, testNumbers, sending: { testNumbers } });
const client = await openAdminClient(app, { scopes: ['verifications:write'] });

/** An address that no other request of this file comes from. */
const anyIp = () => `198.51.${Math.floor(Math.random() * 256)}.${Math.floor(Math.random() * 256)}`;
const start = (to: string, more: object = {}) =>
  client.call('POST', '/v1/verifications', { to, client_ip: anyIp(), ...more });
const check = (id: string, code: string, headers: Record<string, string> = {}) =>
  client.call('POST', `/v1/verifications/${id}/check`, { code, client_ip: anyIp() }, headers);
const read = (id: string) => client.call('GET', `/v1/verifications/${id}`);
const wrongFor = (number: string) => (app.codeFor(number) === '000000' ? '000001' : '000000');

async function started(number = anyNumber()): Promise<{ id: string; number: string }> {
  const answer = await start(number);
  assert.equal(answer.statusCode, 201, answer.body);
  return { id: answer.data.id, number };
}

const accounts = async () =>
  (await app.sql`select (select count(*) from account) + (select count(*) from session) as n`)[0]!.n;

test('a right code approves a verification, and opens no account and no session', async () => {
  const before = await accounts();
  const number = anyNumber();
  const answer = await start(number, { locale: 'en-GB', channel: 'auto' });
  assert.equal(answer.statusCode, 201);
  const { id, ...told } = answer.data;
  assert.deepEqual(
    [told.status, told.to, told.channel, told.code_length, told.resend_in],
    ['pending', number, 'sms', 6, 30],
  );
  assert.match(app.sent.at(-1)!.text, /code/i);
  assert.equal((await read(id)).data.status, 'pending');
  const checked = await check(id, app.codeFor(number));
  assert.deepEqual([checked.statusCode, checked.data.status, checked.data.to], [200, 'approved', number]);
  assert.equal((await read(id)).data.status, 'approved');
  assert.equal(await accounts(), before);
  const [event] = await app.sql`select event, details from audit_event order by at desc limit 1`;
  assert.deepEqual({ ...event }, { event: 'number_verified', details: `key ${client.keyId}` });
});

test('a used code approves nothing again', async () => {
  const { id, number } = await started();
  const code = app.codeFor(number);
  assert.equal((await check(id, code)).statusCode, 200);
  const again = await check(id, code);
  assert.deepEqual(
    [again.statusCode, again.data.code, again.data.verification_status],
    [409, 'verification_ended', 'approved'],
  );
});

test('a retry with its idempotency key gets the result of the first check', async () => {
  const { id, number } = await started();
  const body = { code: app.codeFor(number) };
  const headers = { 'idempotency-key': '"once"' };
  const path = `/v1/verifications/${id}/check`;
  const first = await client.call('POST', path, body, headers);
  const second = await client.call('POST', path, body, headers);
  assert.deepEqual([first.statusCode, second.statusCode], [200, 200]);
  assert.deepEqual(second.data, first.data);
  const other = await client.call('POST', path, { code: '1' }, headers);
  assert.equal(other.statusCode, 422);
});

test('five wrong codes end a verification, also for the right one', async () => {
  const { id, number } = await started();
  const left: (number | undefined)[] = [];
  for (let guess = 0; guess < 5; guess += 1) {
    const answer = await check(id, wrongFor(number));
    assert.deepEqual([answer.statusCode, answer.data.code], [400, 'wrong_code']);
    left.push(answer.data.guesses_left);
  }
  assert.deepEqual(left, [undefined, 3, 2, 1, 0]);
  const answer = await check(id, app.codeFor(number));
  assert.deepEqual([answer.statusCode, answer.data.verification_status], [409, 'used_up']);
});

test('a pending verification sends its code again, after the pause of signing in', async () => {
  const { id, number } = await started();
  const soon = await start(number);
  assert.deepEqual([soon.statusCode, soon.data.code], [429, 'too_many_messages']);
  assert.ok(Number(soon.headers['retry-after']) > 0);
  app.clock.turn(31);
  const code = app.codeFor(number);
  const again = await start(number);
  assert.deepEqual([again.statusCode, again.data.id], [201, id]);
  assert.equal(app.codeFor(number), code);
});

test('a request that has to wait can be repeated with its idempotency key', async () => {
  const { number } = await started();
  const headers = { 'idempotency-key': '"patient"' };
  const body = { to: number };
  assert.equal((await client.call('POST', '/v1/verifications', body, headers)).statusCode, 429);
  app.clock.turn(31);
  assert.equal((await client.call('POST', '/v1/verifications', body, headers)).statusCode, 201);
});

test('the limits of a number are those of signing in, whoever asks', async () => {
  const number = anyNumber();
  const statuses: number[] = [];
  for (let request = 0; request < 3; request += 1) {
    const asked = await app.call('POST', '/api/request-sms/', { phone_number: number });
    statuses.push(asked.statusCode, (await start(number)).statusCode);
    app.clock.turn(121);
  }
  assert.deepEqual(statuses, [201, 201, 201, 201, 201, 429]);
});

test('the allowance of a client network is that of client_ip, and of the caller without one', async () => {
  const ip = anyIp();
  const statuses = await allowance(() => start(anyNumber(), { client_ip: ip }));
  assert.deepEqual([statuses.filter((one) => one === 201).length, statuses.at(-1)], [20, 429]);
  assert.equal((await start(anyNumber(), { client_ip: anyIp() })).statusCode, 201);
  app.clock.turn(3601);
  const own = await allowance(() => client.call('POST', '/v1/verifications', { to: anyNumber() }));
  assert.deepEqual([own.filter((one) => one === 201).length, own.at(-1)], [20, 429]);
  assert.equal((await start(anyNumber(), { client_ip: 'not one' })).statusCode, 400);
  app.clock.turn(3601);
});

async function allowance(request: () => Promise<Answer>): Promise<number[]> {
  const statuses: number[] = [];
  while (statuses.at(-1) !== 429 && statuses.length < 30) statuses.push((await request()).statusCode);
  return statuses;
}

test('a blocked number gets no code, and a blocked network neither', async () => {
  const operator = await openAdminClient(app, { scopes: ['blocks:write'] });
  const [number, ip] = [anyNumber(), anyIp()];
  const pending = await started();
  for (const [kind, value] of [
    ['number', number],
    ['network', `${ip}/32`],
    ['number', pending.number],
  ])
    assert.equal((await operator.call('POST', '/blocks', { kind, value })).statusCode, 201);
  assert.equal((await start(number)).data.code, 'number_not_served');
  assert.equal((await start(anyNumber(), { client_ip: ip })).data.code, 'network_blocked');
  const checked = await check(pending.id, app.codeFor(pending.number));
  assert.ok(checked.statusCode >= 400, checked.body);
});

test('a code of a verification signs nobody in, and a code for signing in verifies nothing', async () => {
  const { id, number } = await started();
  const code = app.codeFor(number);
  const before = await accounts();
  const entered = await app.call('POST', '/api/verify-sms/', { phone_number: number, sms_code: code });
  assert.equal(entered.statusCode, 400);
  assert.equal(await accounts(), before);
  await app.call('POST', '/api/request-sms/', { phone_number: number });
  const ownCode = app.codeFor(number);
  assert.notEqual(ownCode, code);
  assert.equal((await check(id, ownCode)).data.code, 'wrong_code');
  assert.equal((await check(id, code)).statusCode, 200);
});

test('the code of one API key is not that of another, nor are its verifications', async () => {
  const other = await openAdminClient(app, { scopes: ['verifications:write'] });
  const { id, number } = await started();
  const code = app.codeFor(number);
  assert.equal((await other.call('GET', `/v1/verifications/${id}`)).statusCode, 404);
  assert.equal((await other.call('POST', `/v1/verifications/${id}/check`, { code })).statusCode, 404);
  assert.equal((await other.call('POST', '/v1/verifications', { to: number })).statusCode, 201);
  assert.notEqual(app.codeFor(number), code);
  assert.equal((await check(id, code)).statusCode, 200);
});

test('a verification ends after ten minutes, and a new one has another id and another code', async () => {
  const { id, number } = await started();
  const code = app.codeFor(number);
  app.clock.turn(601);
  const late = await check(id, code);
  assert.deepEqual([late.statusCode, late.data.verification_status], [409, 'expired']);
  assert.equal((await read(id)).data.status, 'expired');
  const next = await started(number);
  assert.notEqual(next.id, id);
  assert.notEqual(app.codeFor(number), code);
  assert.equal((await check(id, app.codeFor(number))).statusCode, 409);
  assert.equal((await check(next.id, app.codeFor(number))).statusCode, 200);
});

test('a test number is verified by its own code, and nothing is sent', async () => {
  const sent = app.sent.length;
  const { id } = await started(testNumber);
  assert.equal(app.sent.length, sent);
  assert.equal((await check(id, '123456')).statusCode, 200);
});

test('a key without the scope, and no key, verify nothing', async () => {
  const other = await openAdminClient(app, { scopes: ['users:read'] });
  const refused = await other.call('POST', '/v1/verifications', { to: anyNumber() });
  assert.deepEqual([refused.statusCode, refused.data.scope], [403, 'verifications:write']);
  const { id } = await started();
  assert.equal((await other.call('GET', `/v1/verifications/${id}`)).statusCode, 403);
  assert.equal((await app.server.inject({ method: 'POST', url: '/v1/verifications' })).statusCode, 401);
});

test('no number is in the URL or the log of a verification', async () => {
  const from = app.log.length;
  const { id, number } = await started();
  await check(id, app.codeFor(number));
  const lines = app.log.slice(from).join('\n');
  assert.match(lines, /number_verified/);
  assert.ok(!lines.includes(number) && !lines.includes(app.codeFor(number)));
});

test('of a hundred simultaneous checks of a right code over two processes one is approved', async () => {
  const databaseUrl = await freshDatabase({ shards: 0 });
  const env = { MANAGEMENT_API: 'on' };
  const processes = await Promise.all([AppProcess.start(databaseUrl, env), AppProcess.start(databaseUrl, env)]);
  const [first] = processes;
  const sql = await connectDatabase(databaseUrl);
  const { key } = await openAdminClient({ ...app, sql });
  let requests = 0;
  const call = (at: AppProcess, path: string, body: object) => {
    requests += 1;
    const headers = { authorization: `Bearer ${key}`, 'idempotency-key': `"race-${requests}"` };
    return at.call('POST', path, body, undefined, headers);
  };
  const number = anyNumber();
  const created = await call(first!, '/v1/verifications', { to: number });
  assert.equal(created.status, 201, JSON.stringify(created.data));
  const [code] = await first!.codes(number);
  const path = `/v1/verifications/${created.data.id}/check`;
  const answers = await Promise.all(Array.from({ length: 100 }, (_, at) => call(processes[at % 2]!, path, { code })));
  assert.equal(answers.filter(({ status }) => status === 200).length, 1);
  for (const { status } of answers) assert.ok([200, 400, 409].includes(status), String(status));
  const [row] = await sql`select (select count(*)::int from audit_event where event = 'number_verified') as events,
    (select count(*)::int from verification where approved_at is not null) as approved`;
  assert.deepEqual({ ...row }, { events: 1, approved: 1 });
});

test('the code comes by the channel of the request if a route has it, and else by the order of the routes', async () => {
  const used: string[] = [];
  const providers = (['telegram', 'sms'] as const).map((channel) =>
    testProvider(
      channel,
      async () => {
        used.push(channel);
        return { ok: true, reference: undefined };
      },
      { channel },
    ),
  );
  const both = await openApp({ databaseUrl: app.databaseUrl, managementApi: true, sending: { providers } });
  const caller = await openAdminClient(both, { scopes: ['verifications:write'] });
  const told: string[] = [];
  for (const channel of ['sms', 'whatsapp', 'auto', undefined]) {
    const body = { to: anyNumber(), client_ip: anyIp(), ...(channel === undefined ? {} : { channel }) };
    const answer = await caller.call('POST', '/v1/verifications', body);
    assert.equal(answer.statusCode, 201, answer.body);
    told.push(answer.data.channel);
    while (both.deliveries.load.sending > 0) await new Promise(setImmediate);
  }
  assert.deepEqual(told, ['sms', 'telegram', 'telegram', 'telegram']);
  assert.deepEqual(used, told);
});
