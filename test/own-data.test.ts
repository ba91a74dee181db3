import assert from 'node:assert/strict';
import { test } from 'node:test';
import { insertingAccounts } from './support/accounts.ts';
import { anyNumber, openApp, withToken } from './support/harness.ts';
import { HtmlClient } from './support/html-client.ts';

const app = await openApp();
const path = '/account/data.json';

async function member() {
  const number = anyNumber();
  const visit = new HtmlClient(app, { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0' });
  await visit.signIn(number);
  const token = visit.cookies.get('signin-session') ?? visit.cookies.get('__Host-session') ?? '';
  const { data } = await app.call('GET', '/api/users/me', undefined, withToken(token));
  return { number, visit, token, id: data.id as string, code: data.referal_code as string };
}

test('a person downloads the data that is kept of them as JSON', async () => {
  const inviter = await member();
  const { number, visit, id, code } = await member();
  await visit.post('/account/profile', { username: '', first_name: 'Анна', last_name: '', email: 'anna@example.com' });
  await visit.post('/account/invite_code', { invite_code: inviter.code });
  const guest = await member();
  await guest.visit.post('/account/invite_code', { invite_code: code });
  const answer = await visit.get(path);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers['content-type'], 'application/json; charset=utf-8');
  assert.equal(answer.headers['content-disposition'], 'attachment; filename="account.json"');
  assert.equal(answer.headers['cache-control'], 'no-store');
  const data = JSON.parse(answer.html);
  const { created_at: createdAt, ...profile } = data.profile;
  assert.deepEqual(profile, {
    id,
    phone_number: number,
    username: null,
    first_name: 'Анна',
    last_name: null,
    email: 'anna@example.com',
  });
  const { redeemed_at: redeemedAt, ...invite } = data.invite;
  assert.deepEqual(invite, { own_code: code, redeemed_code: inviter.code, invited_count: 1 });
  assert.deepEqual(
    data.people_invited.map((one: { phone_number: string }) => one.phone_number),
    [guest.number],
  );
  assert.equal(data.devices.length, 1);
  assert.match(data.devices[0].device, /Firefox/);
  assert.equal(data.devices[0].is_current, true);
  assert.equal(data.trusted_devices.length, 1);
  assert.deepEqual(
    data.messages.map(({ channel, state }: { channel: string; state: string }) => [channel, state]),
    [['sms', 'accepted']],
  );
  assert.deepEqual(
    data.security_events.map(({ event, result }: { event: string; result: string }) => `${event} ${result}`),
    ['invite_redeemed succeeded', 'profile_changed succeeded', 'signed_in succeeded'],
  );
  const [{ last_used_at: usedAt }] = data.trusted_devices;
  const [{ redeemed_at: guestAt }] = data.people_invited;
  const times = [data.exported_at, createdAt, redeemedAt, usedAt, guestAt, data.messages[0].requested_at];
  for (const time of [...times, ...data.security_events.map(({ at }: { at: string }) => at)]) {
    assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  }
  assert.doesNotMatch(answer.html, new RegExp(`${app.codeFor(number)}|${inviter.id}|${inviter.number.slice(1)}`));
});

test('the download has everybody whom the person invited, once, newest first', async () => {
  const { visit, code } = await member();
  await app.sql.unsafe(
    insertingAccounts(
      `select gen_random_uuid() as id, '+7915' || (1000000 + n) as phone_number, now() - n * interval '1 second' as created_at,
        (select string_agg(substr('23456789BCDFGHJKMNPQRSTVWXZ', 1 + floor(random() * 27)::int, 1), '')
          from generate_series(1, 8) where n > 0) as code
        from generate_series(1, 1150) n`,
      `'${code}'`,
    ),
  );
  const { people_invited: people } = JSON.parse((await visit.get(path)).html);
  assert.deepEqual(
    people.map((one: { phone_number: string }) => one.phone_number),
    Array.from({ length: 1150 }, (_, at) => `+7915${1_000_001 + at}`),
  );
});

test('the download shows numbers of others as masked where the page does', async () => {
  const masked = await openApp({ invitedPhones: 'masked' });
  const [owner, guest] = [anyNumber(), anyNumber()];
  const visit = new HtmlClient(masked);
  await visit.signIn(owner);
  const { own_code: code } = JSON.parse((await visit.get(path)).html).invite;
  const other = new HtmlClient(masked);
  await other.get(`/i/${code}`);
  await other.signIn(guest);
  const { html } = await visit.get(path);
  assert.equal(JSON.parse(html).people_invited.length, 1);
  assert.doesNotMatch(html.replace(/[^\d]/g, ''), new RegExp(guest.slice(1)));
});

test('nobody gets the data of an account without a live session of it in the cookie', async () => {
  const { visit, token, number } = await member();
  const stranger = await new HtmlClient(app).get(path);
  assert.deepEqual([stranger.status, stranger.location, stranger.html], [303, '/', '']);
  const bearer = await app.call('GET', path, undefined, withToken(token));
  assert.deepEqual([bearer.statusCode, bearer.body], [303, '']);
  const other = await member();
  assert.ok(!(await other.visit.get(path)).html.includes(number));
  const left = new HtmlClient(app);
  for (const [name, value] of visit.cookies) left.cookies.set(name, value);
  await visit.post('/logout/');
  const after = await left.get(path);
  assert.deepEqual([after.status, after.location, after.html], [303, '/', '']);
});

test('the address of a stranger who guessed is masked in the download', async () => {
  const { number, visit } = await member();
  app.clock.turn(3600);
  await app.call('POST', '/api/request-sms/', { phone_number: number });
  const wrong = app.codeFor(number) === '000000' ? '000001' : '000000';
  await app.call('POST', '/api/verify-sms/', { phone_number: number, sms_code: wrong });
  const { security_events: events } = JSON.parse((await visit.get(path)).html);
  assert.deepEqual(
    events.map(({ result, address }: { result: string; address: string }) => [result, address]),
    [
      ['failed', '127.0.0.x'],
      ['succeeded', '127.0.0.x'],
    ],
  );
});
