import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDatabase } from '../src/db/database.ts';
import { deleteExpiredLegacyTokens, hashLegacyToken } from '../src/sessions/legacy-token.ts';
import { anyNumber, openApp, withToken } from './support/harness.ts';

const app = await openApp();

/** A person with a code of an earlier system. */
async function holderOf(code: string) {
  const number = anyNumber();
  const token = await app.signIn(number);
  const { data: me } = await app.call('GET', '/api/users/me', undefined, withToken(token));
  await app.sql`insert into legacy_code (folded, code, account_id) values (${code.toUpperCase()}, ${code}, ${me.id})`;
  await app.sql`update invite set code = ${code} where account_id = ${me.id}`;
  return { number, token, id: me.id as string };
}

async function redeems(code: string) {
  const token = await app.signIn(anyNumber());
  const response = await app.call('PATCH', '/api/users/me/invite_code', { invite_code: code }, withToken(token));
  return response.data.invite_code ?? response.data.code;
}

test('a code of an earlier system is found as it is written, beside one that differs by case alone', async () => {
  await holderOf('LfmTEX');
  await holderOf('LFMTEX');
  for (const code of ['LfmTEX', 'LFMTEX']) {
    assert.equal(await redeems(code), code);
    const link = await app.call('GET', `/api/invites/${code}`);
    assert.equal(link.data.invite_code, code);
  }
  assert.equal(await redeems('lfmtex'), 'invite_code_unknown', 'which of both is not said');
});

test('a code of an earlier system is found in any case if no other has its letters', async () => {
  await holderOf('aO0l9x');
  assert.equal(await redeems('AO0L9X'), 'aO0l9x');
  assert.equal(await redeems('https://vouch.example/i/aO0l9x'), 'aO0l9x');
});

test('a code of ours is found in any case, and its owner is not mistaken for one of an earlier system', async () => {
  const token = await app.signIn(anyNumber());
  const { data: me } = await app.call('GET', '/api/users/me', undefined, withToken(token));
  assert.equal(await redeems(me.referal_code.toLowerCase()), me.referal_code);
  const holder = await holderOf('bcdfgh');
  const before = await app.call('GET', '/api/users/me', undefined, withToken(holder.token));
  assert.equal(before.data.referal_code, 'bcdfgh');
  assert.equal(await redeems('BCDFGH'), 'bcdfgh');
});

test('a code of an earlier system works at sign-up, and the profile has it as its owner writes it', async () => {
  const holder = await holderOf('hh0OLl');
  const number = anyNumber();
  await app.call('POST', '/api/request-sms/', { phone_number: number });
  const verified = await app.call('POST', '/api/verify-sms/', {
    phone_number: number,
    sms_code: app.codeFor(number),
    invite_code: 'HH0olL',
  });
  const me = await app.call('GET', '/api/users/me', undefined, withToken(verified.data.token));
  assert.equal(me.data.invite_code, 'hh0OLl');
  const inviter = await app.call('GET', '/api/users/me', undefined, withToken(holder.token));
  assert.deepEqual(inviter.data.invited, [number]);
});

const oldToken = 'cab0e2d05f80f38a0000d4b1bfea6e90f3ff6d13';

test('a token of an earlier system is a session until it ends, and no import revives it', async () => {
  const person = await holderOf('ttttt0');
  const [db, hash] = [createDatabase(app.sql, app.clock), hashLegacyToken(oldToken)!];
  const bring = async () => {
    const rows = await db.call('insert_legacy_tokens', { keys: [hash], account_ids: [person.id], life_seconds: 1000 });
    if (rows.length === 0) return;
    await db.call('insert_imported_sessions', {
      account_ids: [person.id],
      secret_hashes: [hash],
      ids: ['00000000-0000-4000-8000-000000000001'],
      created_at: ['2024-03-02T09:05:00Z'],
      life_seconds: 1000,
    });
  };
  const me = () => app.call('GET', '/api/users/me', undefined, { authorization: `Token ${oldToken}` });
  assert.equal((await me()).statusCode, 401);
  await bring();
  assert.equal((await me()).data.phone_number, person.number);
  assert.equal((await app.sql`select from session where account_id = ${person.id}`).length, 2);
  await app.call('DELETE', '/api/users/me/sessions', undefined, withToken(person.token));
  assert.equal((await me()).statusCode, 401);
  await bring();
  assert.equal((await me()).statusCode, 401);
  app.clock.turn(1001);
  await deleteExpiredLegacyTokens(db, new Date(0));
  assert.equal((await app.sql`select from legacy_token`).length, 0);
});

test('a session of an earlier token cannot erase the account, however new the import is', async () => {
  const person = await holderOf('eeeee0');
  const token = oldToken.replace('cab', 'abc');
  const hash = hashLegacyToken(token)!;
  await app.sql`insert into legacy_token values (${hash}, ${person.id}, now() + interval '1 year')`;
  await app.sql`insert into session values (${person.id}, ${hash}, gen_random_uuid(), '2024-01-01', now(),
    now() + interval '1 year', '', '')`;
  const erased = await app.call('DELETE', '/api/users/me', undefined, { authorization: `Token ${token}` });
  assert.equal(erased.statusCode, 403);
});

test('a sign-in proves an imported number', async () => {
  const number = anyNumber();
  await app.signIn(number);
  await app.sql`update number_account set unproven_since = now() where phone_number = ${number}`;
  app.clock.turn(31);
  await app.signIn(number);
  const [row] = await app.sql`select unproven_since from number_account where phone_number = ${number}`;
  assert.equal(row?.unproven_since, null);
  const [event] =
    await app.sql`select details from audit_event where event = 'signed_in' order by at desc, id desc limit 1`;
  assert.equal(event?.details, 'an imported number');
});
