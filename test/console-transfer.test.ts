import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maxImportBytes } from '../src/transfer/import-buffer.ts';
import { goStale, openConsoleApp, signedInOperator } from './support/console-client.ts';
import { anyNumber } from './support/harness.ts';
import { hiddenFields } from './support/html-client.ts';

const app = await openConsoleApp();
const owner = await signedInOperator(app, 'owner');
const fresh = () => app.sql`update operator_session set fresh_until = now() + interval '1 day'`;
const importPath = '/console/transfer/import/';
const known = (number: string) => app.sql`select a.* from account a where a.phone_number = ${number}`;

test('a file is imported in the console after a dry run that tells of each line, and a fresh code', async () => {
  await goStale(app);
  const number = anyNumber();
  const asked = await owner.get('/console/transfer/');
  assert.match(asked.html, /This action needs a fresh code/);
  assert.doesNotMatch(asked.html, /type="file"/, 'a file would be lost on the way through the code');
  const form = await owner.confirm(asked);
  assert.match(form.html, /enctype="multipart\/form-data"[\s\S]*At most 4 MiB[\s\S]*type="file"/);
  const file = `{"phone_number":"${number}","first_name":"Ann","email":"no"}\n{"phone_number":"<b>none"}\n`;
  const tried = await owner.upload(importPath, { format: 'ndjson', region: '', file });
  assert.equal(tried.status, 200, tried.html);
  assert.match(tried.html, /Dry run: nothing was changed/);
  assert.match(tried.html, /<dt>New people<\/dt><dd>1<\/dd>[\s\S]*<dt>Refused<\/dt><dd>1<\/dd>/);
  assert.match(tried.html, /left out, no valid e-mail address: no/);
  assert.match(tried.html, /is no phone number: &lt;b>none/);
  assert.equal((await known(number)).length, 0);
  const done = await owner.upload(importPath, hiddenFields(tried.html, importPath));
  assert.match(done.html, /Imported, and recorded in the audit trail/);
  assert.equal((await known(number))[0]?.first_name, 'Ann');
  const again = await owner.upload(importPath, { file });
  assert.match(again.html, /<dt>New people<\/dt><dd>0<\/dd>[\s\S]*<dt>Unchanged<\/dt><dd>1<\/dd>/);
  const details = await app.sql<{ details: string }[]>`select details from audit_event
    where act = 'import_people' and actor_id = ${owner.account} order by id`;
  assert.match(details[0]?.details ?? '', /^dry run: 1 inserted/);
  assert.equal(details[1]?.details, 'begins');
});

test('a file that is too large, another format, no file, or a form of another site is refused', async () => {
  await fresh();
  const large = await owner.upload(importPath, { file: ' '.repeat(maxImportBytes + 1) });
  assert.deepEqual([large.status, /larger than 4 MiB/.test(large.html)], [413, true]);
  const huge = await owner.upload(importPath, { file: ' '.repeat(2 * maxImportBytes) });
  assert.equal(huge.status, 413);
  const malformed = await owner.upload(importPath, { format: 'csv', file: 'a,b\n"1"2,3\n' });
  assert.deepEqual([malformed.status, /no file of that format/.test(malformed.html)], [400, true]);
  const nowhere = await owner.upload(importPath, { region: 'XX', file: '{}' });
  assert.deepEqual([nowhere.status, /no country/.test(nowhere.html)], [400, true]);
  assert.match((await owner.upload(importPath, { format: 'csv' })).html, /type="file"/);
  const headers = { 'content-type': 'multipart/form-data; boundary=x', 'sec-fetch-site': 'cross-site' };
  assert.equal((await owner.send('POST', importPath, Buffer.from('--x--'), headers)).status, 403);
  const broken = { ...headers, 'sec-fetch-site': 'same-origin' };
  assert.equal((await owner.send('POST', importPath, Buffer.from('no form'), broken)).status, 400);
  owner.cookies.clear();
  const stranger = await owner.upload(importPath, { file: '{}' });
  assert.equal(stranger.location, '/console/sign-in/');
});

test('an owner downloads a whole list with numbers in clear, an admin does not', async () => {
  const [boss, admin] = [await signedInOperator(app, 'owner'), await signedInOperator(app, 'admin')];
  await fresh();
  assert.doesNotMatch((await admin.get('/console/transfer/')).html, /Export everything/);
  const fields = { list: 'users', format: 'csv', days: '', reason: 'a move' };
  assert.equal((await admin.post('/console/transfer/export/', fields)).status, 403);
  const file = await boss.post('/console/transfer/export/', fields);
  assert.equal(file.headers['content-disposition'], 'attachment; filename="users.csv"');
  assert.ok(file.html.includes(boss.phoneNumber) && file.html.startsWith('id,'), file.html.slice(0, 200));
  const [row] = await app.sql`select reason, target from audit_event
    where act = 'export_all' and actor_id = ${boss.account}`;
  assert.deepEqual({ ...row }, { reason: 'a move', target: 'export:users' });
});

test('a profile is changed in the console, only where the form differs from what the page showed', async () => {
  const admin = await signedInOperator(app, 'admin');
  const [number, other] = [anyNumber(), anyNumber()];
  await app.signIn(number);
  await app.signIn(other);
  await app.sql`update account set first_name = 'Anna', last_name = 'Smith' where phone_number = ${number}`;
  const story = await admin.post('/console/number/', { text: number, reason: 'a wrong name' });
  const shown = hiddenFields(story.html, '/console/number/change/');
  assert.deepEqual([shown.was_first_name, shown.was_email], ['Anna', '']);
  await app.sql`update account set last_name = 'Jones' where phone_number = ${number}`;
  const changes = { username: 'anna.k', first_name: '', last_name: 'Smith', email: '', reason: 'a wrong name' };
  const done = await admin.post('/console/number/change/', { ...shown, ...changes });
  assert.match(done.html, /Done, and recorded/);
  const [row] = await known(number);
  assert.deepEqual([row?.username, row?.first_name, row?.last_name], ['anna.k', null, 'Jones']);
  const taken = await admin.post('/console/number/change/', { text: other, reason: 'the same', username: 'Anna.K' });
  assert.deepEqual([taken.status, /Another account has this user name/.test(taken.html)], [409, true]);
  const back = hiddenFields(taken.html, '/console/number/');
  assert.deepEqual(back, { text: other, reason: 'the same' });
});

test('a closed invite code is opened again', async () => {
  const admin = await signedInOperator(app, 'admin');
  const number = anyNumber();
  await app.signIn(number);
  const [person] = await known(number);
  await app.sql`update invite set invited_count = 1000 where account_id = ${person?.id}`;
  const act = async (path: string) => {
    const sure = await admin.post(path, { account: person?.id });
    return admin.submit(sure, path, { reason: 'all over the internet' });
  };
  assert.equal((await act('/console/invites/close/')).location, '/console/invites/');
  const closed = await admin.get('/console/invites/');
  assert.match(closed.html, /The invite code is closed[\s\S]*\(closed\)[\s\S]*Open the code again/);
  assert.equal((await act('/console/invites/open/')).location, '/console/invites/');
  const [row] = await app.sql`select stopped_at from invite where account_id = ${person?.id}`;
  assert.equal(row?.stopped_at, null);
});

test('the events of an endpoint are read after a number, and sent again', async () => {
  const admin = await signedInOperator(app, 'admin');
  await fresh();
  await app.sql`insert into webhook_endpoint (id, url, description, events, with_numbers, secret, last_seq, created_at)
    values ('0b', 'https://hooks.example.com', '', '{user.created}', false, '\\x00', 60, now())`;
  await app.sql`insert into webhook_delivery (endpoint_id, seq, event_id, type, at, data, state)
    select '0b', n, 'evt_' || n, 'user.created', now(), '{"user_id":"<b>"}', 'delivered' from generate_series(1, 60) n`;
  const first = await admin.get('/console/webhooks/events/?id=0b');
  assert.match(first.html, /evt_1<[\s\S]*evt_50<[\s\S]*rel="next"/);
  assert.match(first.html, /&lt;b>/);
  const second = await admin.get('/console/webhooks/events/?id=0b&after=50');
  assert.match(second.html, /evt_51<[\s\S]*evt_60</);
  assert.doesNotMatch(second.html, /evt_50<|rel="next"/);
  const replayed = await admin.post('/console/webhooks/replay/', { id: '0b', after: '10', until: '12' });
  assert.equal(replayed.location, '/console/webhooks/events/?id=0b');
  const waiting = await app.sql`select seq::int from webhook_delivery where state = 'waiting' order by seq`;
  assert.deepEqual(
    waiting.map(({ seq }) => seq),
    [11, 12],
  );
  assert.match((await admin.get('/console/webhooks/events/?id=0b')).html, /The events are sent again/);
  const page = await admin.get('/console/webhooks/events/?id=0b&after=x');
  assert.equal(page.status, 400);
  assert.equal((await admin.get('/console/webhooks/events/?id=0c')).status, 404);
});
