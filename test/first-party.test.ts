import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { openDpopKey } from '../packages/client/src/dpop.ts';
import { anyNumber, openApp, type TestApp } from './support/harness.ts';
import { claimsOf, oidc, post } from './support/oidc-client.ts';

const app = await openApp({ oidc, trustProxy: 1 });
const issuer = 'https://vouch.example';
const endpoint = '/authorize-challenge';

type Dpop = Awaited<ReturnType<typeof openDpopKey>>;

/** An app that signs somebody in: a new pair of PKCE, and a key of DPoP if it has one. */
function openFlow({ clientId = 'phone', by = app, dpop }: { clientId?: string; by?: TestApp; dpop?: Dpop } = {}) {
  const verifier = randomBytes(32).toString('base64url');
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  const proof = async (path: string): Promise<Record<string, string>> =>
    dpop ? { dpop: await dpop.proof('POST', `${issuer}${path}`) } : {};
  const send = async (form: Record<string, string>, headers: Record<string, string> = {}, on = by) =>
    post(on, endpoint, clientId, form, { ...(await proof(endpoint)), ...headers });
  return {
    verifier,
    challenge,
    send,
    begin: (number: string, form: Record<string, string> = {}, headers = {}) =>
      send(
        {
          response_type: 'code',
          scope: 'openid phone',
          login_hint: number,
          code_challenge: challenge,
          code_challenge_method: 'S256',
          ...form,
        },
        headers,
      ),
    enter: (session: string, otp: string, form: Record<string, string> = {}) =>
      send({ auth_session: session, otp, ...form }),
    redeem: async (code: string, form: Record<string, string> = {}) =>
      post(
        by,
        '/oauth/token',
        clientId,
        { grant_type: 'authorization_code', code, code_verifier: verifier, ...form },
        await proof('/oauth/token'),
      ),
  };
}

test('an app signs a person in without a browser: number, code, tokens, userinfo, refresh', async () => {
  const number = anyNumber();
  const flow = openFlow();
  const asked = await flow.begin(number, { nonce: 'the-nonce' });
  assert.equal(asked.status, 400);
  assert.equal(asked.headers['cache-control'], 'no-store');
  const { auth_session: session, ...facts } = asked.body;
  assert.match(session, /^[\w-]{43}$/);
  assert.deepEqual(facts, {
    error: 'insufficient_authorization',
    error_description: 'otp, the code of the message, is needed',
    phone_number: number,
    code_length: 6,
    expires_in: 600,
    resend_in: 30,
    channel: 'sms',
    next_channel: 'sms',
  });
  const entered = await flow.enter(session, app.codeFor(number));
  assert.equal(entered.status, 200, JSON.stringify(entered.body));
  assert.equal(entered.body.created, true);
  assert.match(String(entered.headers['device-token']), /^vouchd_/);
  const { status, body } = await flow.redeem(entered.body.authorization_code);
  assert.equal(status, 200, JSON.stringify(body));
  const claims = claimsOf(body.id_token);
  assert.equal(claims.phone_number, number);
  assert.equal(claims.nonce, 'the-nonce');
  assert.equal(claims.acr, 'urn:vouch:acr:phone-fresh');
  assert.deepEqual(claims.amr, ['otp', 'sms']);
  const headers = { authorization: `Bearer ${body.access_token}` };
  assert.equal((await app.server.inject({ url: '/oauth/userinfo', headers })).json().sub, claims.sub);
  const refreshed = await post(app, '/oauth/token', 'phone', {
    grant_type: 'refresh_token',
    refresh_token: body.refresh_token,
  });
  assert.equal(refreshed.status, 200);
  const sessions = await app.sql`select device from session where account_id = ${claims.sub}`;
  assert.deepEqual(sessions.map(({ device }) => device), ['phone'], 'one session, under the name of the app');
  assert.equal((await flow.redeem(entered.body.authorization_code)).body.error, 'invalid_grant');
});
