// Signs in a number by each client that `make.mjs` has made: node --import tsx sign-in.ts http://127.0.0.1:8000
import assert from 'node:assert/strict';
import createClient from 'openapi-fetch';
import { client } from './made/hey-api/client.gen.ts';
import * as hey from './made/hey-api/index.ts';
import type { paths } from './made/openapi-typescript.ts';
import * as orval from './made/orval.ts';

const [baseUrl = ''] = process.argv.slice(2);

/** The code in the development inbox. */
async function codeFor(phoneNumber: string): Promise<string> {
  const answer = await fetch(`${baseUrl}/dev/inbox.json?phone=${encodeURIComponent(phoneNumber)}`);
  const { messages } = (await answer.json()) as { messages: { code: string }[] };
  return messages[0]!.code;
}

async function byOpenapiFetch(phone_number: string): Promise<string> {
  const api = createClient<paths>({ baseUrl });
  await api.POST('/api/request-sms', { body: { phone_number } });
  const sms_code = await codeFor(phone_number);
  const { data: signedIn } = await api.POST('/api/verify-sms', { body: { phone_number, sms_code } });
  const headers = { authorization: `Bearer ${signedIn!.token}` };
  const { data: profile } = await api.GET('/api/users/me', { headers });
  return profile!.phone_number;
}

async function byHeyApi(phone_number: string): Promise<string> {
  client.setConfig({ baseUrl });
  await hey.requestSms({ body: { phone_number } });
  const sms_code = await codeFor(phone_number);
  const { data: signedIn } = await hey.verifySms({ body: { phone_number, sms_code } });
  const { data: profile } = await hey.getProfile({ headers: { authorization: `Bearer ${signedIn!.token}` } });
  return profile!.phone_number;
}

async function byOrval(phone_number: string): Promise<string> {
  await orval.requestSms({ phone_number });
  const refused = await orval.verifySms({ phone_number, sms_code: 'none' });
  if (refused.status !== 400) throw new Error(`${refused.status}`);
  assert.equal(refused.data.code, orval.ProblemCode.wrong_code);
  const sms_code = await codeFor(phone_number);
  const signedIn = await orval.verifySms({ phone_number, sms_code });
  if (signedIn.status !== 201) throw new Error(signedIn.data.detail);
  const profile = await orval.getProfile({ headers: { authorization: `Bearer ${signedIn.data.token}` } });
  if (profile.status !== 200) throw new Error(profile.data.detail);
  return profile.data.phone_number;
}

for (const [index, signIn] of [byOpenapiFetch, byHeyApi, byOrval].entries()) {
  const phoneNumber = `+7916200000${index}`;
  assert.equal(await signIn(phoneNumber), phoneNumber);
  process.stdout.write(`${signIn.name} signed in\n`);
}
