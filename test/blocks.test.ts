import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BlockKind, blockKey, parseBlockTarget } from '../src/blocks/block.ts';
import { addBlock, type BlockInput, findBlocks, removeBlock } from '../src/blocks/blocks.ts';
import { createDatabase } from '../src/db/database.ts';
import type { Actor } from '../src/operators/actor.ts';
import { repetitions } from './support/depth.ts';
import { memoryLog } from './support/embedded-database.ts';
import { anyNumber, openApp, type TestApp, withToken } from './support/harness.ts';
import { HtmlClient } from './support/html-client.ts';

const app = await openApp({ trustProxy: 1 });
const other = await openApp({ trustProxy: 1, databaseUrl: app.databaseUrl });
const needs = { db: createDatabase(app.sql, app.clock), log: memoryLog(() => {}), defaultRegion: 'RU' } as const;
const admin: Actor = {
  kind: 'operator',
  id: '00000000-0000-4000-8000-00000000000a',
  role: 'admin',
  clientIp: '203.0.113.9',
  device: 'Chrome, Linux',
  hasFreshCode: true,
};

async function block(kind: BlockKind, value: string, rest: Partial<BlockInput> = {}) {
  const added = await addBlock(needs, admin, { kind, value, reason: 'ticket 7', ...rest });
  assert.ok(added.ok, JSON.stringify(added));
  return added;
}

async function unblock(kind: BlockKind, value: string) {
  assert.equal((await removeBlock(needs, admin, { kind, value, reason: 'over' })).ok, true);
}

const from = (ip: string) => ({ 'x-forwarded-for': ip });
const ask = (phone: string, headers = {}, at: TestApp = other) =>
  at.call('POST', '/api/request-sms/', { phone_number: phone }, headers);
const enter = (phone: string, code: string, headers = {}, at: TestApp = other) =>
  at.call('POST', '/api/verify-sms/', { phone_number: phone, sms_code: code }, headers);

const kinds: [kind: BlockKind, value: (phone: string) => string, code: string, headers: Record<string, string>][] = [
  ['number', (phone) => `8 (${phone.slice(2, 5)}) ${phone.slice(5)}`, 'number_not_served', {}],
  ['prefix', (phone) => phone.slice(0, 9), 'number_not_served', {}],
  ['country', () => 'ru', 'country_not_served', {}],
  ['network', () => '198.51.100.7/26', 'network_blocked', from('198.51.100.60')],
  ['network', () => '2001:db8:7::1', 'network_blocked', from('2001:db8:7:0:1::5')],
];

for (const [kind, value, code, headers] of kinds) {
  test(`a block of ${kind} ${value('+79160000000')} refuses codes and sign-ins in every process, until it is taken away`, async () => {
    const [phone, waiting] = [anyNumber(), anyNumber()];
    await ask(waiting, headers, app);
    await block(kind, value(phone));
    const refused = await ask(phone, headers);
    assert.equal(refused.data.code, code, refused.body);
    const page = await new HtmlClient(other, headers).post('/', { phone_number: phone });
    assert.equal(page.status, refused.statusCode);
    const text = /<[^>]*id="[^"]*error[^"]*"[^>]*>(.*?)<\//s.exec(page.html)?.[1] ?? page.html;
    assert.ok(page.html.includes(refused.data.detail ?? ''), text);
    if (kind !== 'number') assert.equal((await enter(waiting, app.codeFor(waiting), headers)).data.code, code);
    assert.ok(!app.sent.concat(other.sent).some(({ to }) => to === phone), 'nothing is sent');
    const [row] = await app.sql`select refused_count, reason from block where kind = ${kind}`;
    assert.deepEqual([Number(row!.refused_count), row!.reason], [kind === 'number' ? 2 : 3, 'ticket 7']);
    await unblock(kind, value(phone));
    assert.equal((await ask(phone, headers)).statusCode, 201);
  });
}

test('a network beside a blocked one, a number beside a blocked prefix and a block that has ended refuse nothing', async () => {
  const phone = anyNumber();
  await block('network', '198.51.100.0/26');
  await block('prefix', '+7999');
  await block('number', phone, { endsAt: new Date(Date.now() + 60_000) });
  assert.equal((await ask(anyNumber(), from('198.51.100.64'))).statusCode, 201);
  assert.equal((await ask(phone)).statusCode, 403);
  const { rows } = {
    rows: await app.sql`update block set ends_at = now() - interval '1 second' where kind = 'number' returning 1`,
  };
  assert.equal(rows.length, 1);
  assert.equal((await ask(phone)).statusCode, 201);
  await unblock('network', '198.51.100.0/26');
  await unblock('prefix', '+7999');
  await unblock('number', phone);
});

test('a blocked account has no session, gets its codes as anybody does, and learns of the block by the right one', async () => {
  const [phone, unknown] = [anyNumber(), anyNumber()];
  const token = await app.signIn(phone);
  const { data: me } = await app.call('GET', '/api/users/me', undefined, withToken(token));
  app.clock.turn(3600);
  other.clock.turn(3600);
  const added = await block('account', me.id);
  assert.equal(added.endedSessions, 1);
  assert.equal((await other.call('GET', '/api/users/me', undefined, withToken(token))).statusCode, 401);
  const shape = (answer: { statusCode: number; data: object }) => [answer.statusCode, Object.keys(answer.data).sort()];
  assert.deepEqual(shape(await ask(phone)), shape(await ask(unknown)));
  assert.deepEqual(shape(await enter(phone, '000000')), shape(await enter(unknown, '000000')));
  const refused = await enter(phone, other.codeFor(phone));
  assert.deepEqual([refused.statusCode, refused.data.code], [403, 'account_blocked']);
  assert.equal((await enter(phone, other.codeFor(phone))).data.code, 'wrong_code', 'the code is used up');
  const [event] = await app.sql`select result, details from audit_event where account_id = ${me.id}
    and event = 'signed_in' and result = 'refused'`;
  assert.deepEqual([event!.result, event!.details], ['refused', 'the account is blocked']);
  await unblock('account', me.id);
  app.clock.turn(3600);
  other.clock.turn(3600);
  assert.ok(await other.signIn(phone));
});

test('a blocked number loses its sessions and its devices; its audit trail has the act with the reason', async () => {
  const phone = anyNumber();
  const token = await app.signIn(phone);
  const { data: me } = await app.call('GET', '/api/users/me', undefined, withToken(token));
  await block('number', phone);
  assert.equal((await app.call('GET', '/api/users/me', undefined, withToken(token))).statusCode, 401);
  const [devices] = await app.sql`select count(*)::int as count from trusted_device where account_id = ${me.id}`;
  assert.equal(devices!.count, 0);
  const [act] = await app.sql`select act, actor, role, target, reason, number, details from audit_event
    where account_id = ${me.id} and event = 'operator_act'`;
  const number = act!.number;
  assert.deepEqual(
    { ...act },
    {
      act: 'block',
      actor: 'operator',
      role: 'admin',
      target: `number:${number}`,
      reason: 'ticket 7',
      number,
      details: 'sessions: 1',
    },
  );
  await unblock('number', phone);
});

test('a member on a blocked network or with a blocked prefix redeems nothing', async () => {
  const [host, guest] = [await app.signIn(anyNumber()), await app.signIn('+79267000001')];
  const { data } = await app.call('GET', '/api/users/me', undefined, withToken(host));
  const [invite] = await app.sql`select code from invite where account_id = ${data.id}`;
  const redeem = (headers = {}) =>
    other.call(
      'PATCH',
      '/api/users/me/invite_code',
      { invite_code: invite!.code },
      {
        ...withToken(guest),
        ...headers,
      },
    );
  await block('network', '192.0.2.0/24');
  const onNetwork = await redeem(from('192.0.2.77'));
  assert.deepEqual([onNetwork.statusCode, onNetwork.data.code], [403, 'network_blocked']);
  await block('prefix', '+7 926 700');
  const byPrefix = await redeem();
  assert.deepEqual([byPrefix.statusCode, byPrefix.data.code], [403, 'redeem_blocked']);
  await unblock('prefix', '+7926700');
  await unblock('network', '192.0.2.0/24');
  assert.equal((await redeem()).statusCode, 200);
});

test('whenever a sign-in and a block meet, no session outlives the block', async () => {
  for (let round = 0; round < repetitions(40, 6); round += 1) {
    const phone = anyNumber();
    if (round % 2 === 0) {
      await app.signIn(phone);
      app.clock.turn(3600);
      other.clock.turn(3600);
    }
    await ask(phone, {}, app);
    const code = app.codeFor(phone);
    const kind = round % 4 === 0 ? 'account' : 'number';
    const [row] = await app.sql`select account_id from number_account where phone_number = ${phone}`;
    await Promise.all([
      enter(phone, code),
      block(kind, kind === 'account' ? row!.account_id : phone),
      enter(phone, code, {}, app),
    ]);
    const [left] = await app.sql`select count(*)::int as count from session s join account a on a.id = s.account_id
      where a.phone_number = ${phone}`;
    assert.equal(left!.count, 0, `${kind}, round ${round}`);
  }
});

test('refused requests at once never wait for each other, and are counted as far as they do not meet', async () => {
  const phone = anyNumber();
  await block('number', phone);
  const answers = await Promise.all(Array.from({ length: 12 }, (_, at) => ask(phone, {}, at % 2 ? app : other)));
  assert.ok(answers.every(({ statusCode }) => statusCode === 403));
  const [row] = await app.sql`select refused_count::int as count from block where value = ${phone}`;
  assert.ok(row!.count >= 1 && row!.count <= 12, String(row!.count));
});

test('a list has each block once, newest first, and numbers in clear only for those who may unblock', async () => {
  const viewer: Actor = { ...admin, role: 'viewer' };
  const values = Array.from({ length: 5 }, () => anyNumber());
  for (const value of values) await block('number', value);
  const seen: string[] = [];
  let after: string | undefined;
  do {
    const page = await findBlocks(needs, admin, { kind: 'number', after, limit: 2 });
    assert.ok(page.ok);
    seen.push(...page.items.map(({ value }) => value));
    after = page.next ?? undefined;
  } while (after);
  assert.deepEqual(seen.slice(0, 5), values.toReversed());
  const masked = await findBlocks(needs, viewer, { limit: 50 });
  assert.ok(masked.ok && masked.items.every(({ kind, value }) => kind !== 'number' || value.includes('•')));
  const bad = await findBlocks(needs, admin, { after: 'x', limit: 2 });
  assert.equal(!bad.ok && bad.code, 'unknown_cursor');
});

test('what is no value of a block is refused, and spellings of one value are one block', () => {
  const parse = (kind: BlockKind, text: string) => {
    const read = parseBlockTarget(kind, text, { defaultRegion: 'RU' });
    return read.ok ? [read.target.value, blockKey(read.target)] : read.code;
  };
  assert.deepEqual(parse('number', '8 916 123-45-67'), ['+79161234567', 'number:+79161234567']);
  assert.deepEqual(parse('prefix', '+7 (999)'), ['+7999', 'prefix:7']);
  assert.deepEqual(parse('country', ' kz'), ['KZ', 'country:KZ']);
  assert.deepEqual(parse('network', '10.1.2.255/22'), ['10.1.0.0/22', 'network:10']);
  assert.deepEqual(parse('network', '10.1.2.3'), ['10.1.2.3/32', 'network:10']);
  assert.deepEqual(parse('network', '2001:db8::1/33')[1], 'network:2001');
  assert.deepEqual(parse('network', '::ffff:10.1.2.3'), ['10.1.2.3/32', 'network:10']);
  for (const [kind, text] of [
    ['number', 'abc'],
    ['prefix', '7916'],
    ['prefix', '+'],
    ['country', 'ZZ'],
    ['country', 'RUS'],
    ['account', '1'],
    ['network', '10.1.2'],
    ['network', '10.1.2.3/33'],
    ['network', '10.1.2.3/24/1'],
    ['network', '10.1.2.3/x'],
    ['network', 'example.org'],
  ] as const)
    assert.equal(parse(kind, text), 'block_malformed', text);
  assert.equal(parse('network', '10.0.0.0/7'), 'block_too_wide');
  assert.equal(parse('network', '2a02::/15'), 'block_too_wide');
});
