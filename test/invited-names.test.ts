import assert from 'node:assert/strict';
import { test } from 'node:test';
import { repetitions } from './support/depth.ts';
import { anyNumber, openApp, withToken } from './support/harness.ts';
import { HtmlClient } from './support/html-client.ts';

const app = await openApp();
const masked = await openApp({ databaseUrl: app.databaseUrl, invitedPhones: 'masked' });

async function newcomer() {
  const number = anyNumber();
  const token = withToken(await app.signIn(number));
  const call = (method: string, path: string, body?: unknown) => app.call(method, `/api/users/me${path}`, body, token);
  const { data } = await call('GET', '');
  const code: string = data.referal_code;
  const redeem = (invite_code: string) => call('PATCH', '/invite_code', { invite_code });
  return { number, token, code, call, redeem };
}

/** The people whom an account invited, by the API. */
async function peopleOf({ call }: Awaited<ReturnType<typeof newcomer>>) {
  const { data } = await call('GET', '/invited');
  const people: readonly { phone_number: string; first_name: string | null }[] = data.people;
  assert.deepEqual(
    people.map((person) => person.phone_number),
    data.invited,
  );
  return people.map((person) => [person.phone_number, person.first_name]);
}

test('the owner of a code sees the first name of each person who redeemed it, as the profile has it', async () => {
  const [owner, named, unnamed] = [await newcomer(), await newcomer(), await newcomer()];
  await named.call('PATCH', '', { first_name: 'Ада', last_name: 'Лавлейс', email: `${named.code}@example.com` });
  for (const guest of [named, unnamed]) await guest.redeem(owner.code);
  assert.deepEqual(await peopleOf(owner), [
    [unnamed.number, null],
    [named.number, 'Ада'],
  ]);
  await unnamed.call('PATCH', '', { first_name: 'Бо' });
  await named.call('PATCH', '', { first_name: null });
  assert.deepEqual(await peopleOf(owner), [
    [unnamed.number, 'Бо'],
    [named.number, null],
  ]);
  await named.call('PATCH', '', { last_name: 'Кинг' });
  assert.doesNotMatch(JSON.stringify((await owner.call('GET', '/invited')).data), /Лавлейс|Кинг|example/);
  assert.equal((await unnamed.call('DELETE', '')).statusCode, 204);
  assert.deepEqual(await peopleOf(owner), [[named.number, null]]);
  const kept = await app.sql`select from guest where first_name = 'Бо'`;
  assert.equal(kept.length, 0, 'an erased name is nowhere');
});

test('the name of a person who signs up by an invite is shown from the first change of the profile', async () => {
  const owner = await newcomer();
  const number = anyNumber();
  await app.call('POST', '/api/request-sms/', { phone_number: number });
  const entered = { phone_number: number, sms_code: app.codeFor(number), invite_code: owner.code };
  const { data } = await app.call('POST', '/api/verify-sms/', entered);
  assert.deepEqual(await peopleOf(owner), [[number, null]]);
  await app.call('PATCH', '/api/users/me', { first_name: 'Ия' }, withToken(data.token));
  assert.deepEqual(await peopleOf(owner), [[number, 'Ия']]);
});

test('a name that changes while its owner redeems a code is shown as it is afterwards', async () => {
  const owner = await newcomer();
  for (let round = 0; round < repetitions(30, 5); round += 1) {
    const guest = await newcomer();
    await Promise.all([guest.redeem(owner.code), guest.call('PATCH', '', { first_name: `Имя ${round}` })]);
    assert.deepEqual((await peopleOf(owner))[0], [guest.number, `Имя ${round}`]);
  }
});

test('the page and the download show the name beside the number, masked or not, and the page says so before', async () => {
  for (const [product, isMasked] of [
    [app, false],
    [masked, true],
  ] as const) {
    const [owner, guest] = [new HtmlClient(product), new HtmlClient(product)];
    await owner.signIn(anyNumber());
    const { own_code: code } = JSON.parse((await owner.get('/account/data.json')).html).invite;
    const link = await guest.get(`/i/${code}`);
    assert.match(link.html, /Пригласивший увидит ваш номер .*имя, если/);
    const number = anyNumber();
    await guest.signIn(number);
    assert.match((await guest.get('/account/')).html, /id="first_name-hint">[^<]*пригласивший/);
    await guest.post('/account/profile', { first_name: '<Нур>' });
    const { html } = await owner.get('/account/');
    assert.match(html, /<bdi>&lt;Нур><\/bdi>/);
    assert.equal(html.replace(/\D/g, '').includes(number.slice(1)), !isMasked);
    const { people_invited: people } = JSON.parse((await owner.get('/account/data.json')).html);
    assert.equal(people[0].first_name, '<Нур>');
    assert.equal(people[0].phone_number === number, !isMasked);
  }
});
