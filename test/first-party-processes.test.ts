import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { AppProcess } from './support/app-processes.ts';
import { deepTest } from './support/depth.ts';
import { anyNumber, freshDatabase, openApp } from './support/harness.ts';
import { oidc } from './support/oidc-client.ts';

deepTest('of fifty right codes at once over two processes one gets an authorization code', async () => {
  const databaseUrl = await freshDatabase();
  const app = await openApp({ oidc, databaseUrl });
  const env = { OIDC: 'on', PUBLIC_URL: 'https://vouch.example' };
  const both = [await AppProcess.start(databaseUrl, env), await AppProcess.start(databaseUrl, env)] as const;
  const post = async (to: AppProcess, form: Record<string, string>, path = '/authorize-challenge') => {
    const body = new URLSearchParams({ client_id: 'phone', ...form });
    const answer = await fetch(`${to.url}${path}`, { method: 'POST', body });
    return { status: answer.status, body: JSON.parse(await answer.text()) };
  };
  const verifier = randomBytes(32).toString('base64url');
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  const number = anyNumber();
  const pkce = { code_challenge: challenge, code_challenge_method: 'S256' };
  const { body } = await post(both[0], { login_hint: number, ...pkce });
  const inbox = await (await fetch(`${both[0].url}/dev/inbox.json?phone=${encodeURIComponent(number)}`)).json();
  const form = { auth_session: String(body.auth_session), otp: String(inbox.messages[0].code) };
  const all = await Promise.all(Array.from({ length: 50 }, (_, at) => post(both[at % 2] ?? both[0], form)));
  const won = all.filter(({ status }) => status === 200);
  assert.equal(won.length, 1, JSON.stringify(all.map((one) => one.body.error)));
  const grant = { grant_type: 'authorization_code', code_verifier: verifier };
  const code = String(won[0]?.body.authorization_code);
  const redeemed = await Promise.all(
    Array.from({ length: 50 }, (_, at) => post(both[at % 2] ?? both[0], { ...grant, code }, '/oauth/token')),
  );
  assert.equal(redeemed.filter(({ status }) => status === 200).length, 1);
  assert.equal((await app.sql`select from session`).length <= 1, true, 'a replayed code ends its grant');
});
