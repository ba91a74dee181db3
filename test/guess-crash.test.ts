import assert from 'node:assert/strict';
import type { PhoneNumber } from '../src/kit/phone-number.ts';
import { startCrashServer } from './support/crash-server.ts';
import { deepTest } from './support/depth.ts';
import { type Answer, anyNumber, openApp } from './support/harness.ts';

deepTest('a crash of the server loses no guess that was answered, and no session', async (t) => {
  const { server, url } = await startCrashServer(t);
  const app = await openApp({ databaseUrl: url });
  const crash = async () => {
    await server.kill();
    await server.restart();
  };
  const phoneNumber = anyNumber() as PhoneNumber;
  const { data } = await app.call('POST', '/api/request-sms/', { phone_number: phoneNumber });
  const enter = async (sms_code: string): Promise<Answer> => {
    const body = { phone_number: phoneNumber, sms_code, challenge: data.challenge };
    const answer = await app.call('POST', '/api/verify-sms/', body);
    // a connection of before the crash
    return answer.statusCode === 503 ? enter(sms_code) : answer;
  };
  const right = app.codeFor(phoneNumber);
  const wrong = String((Number(right) + 1) % 1_000_000).padStart(6, '0');

  // the guesses left are told from three down
  assert.equal((await enter(wrong)).data.code, 'wrong_code');
  await crash();
  assert.equal((await enter(wrong)).data.guesses_left, 3);
  await crash();
  assert.equal((await enter(wrong)).data.guesses_left, 2);

  const { statusCode, data: signedIn } = await enter(right);
  assert.equal(statusCode, 201);
  await crash();
  assert.equal((await enter(right)).statusCode, 400, 'the code stays used');
  const authorization = `Token ${signedIn.token}`;
  assert.equal((await app.call('GET', '/api/users/me', undefined, { authorization })).statusCode, 200);
});
