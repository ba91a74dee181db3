import { createHash, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';

const redirectUri = 'https://app.example/cb';
/** The app. */
export const [clientId, secret] = ['app', 'a-secret-of-an-app-of-the-lab'];

/** The authentication of the app. */
export const appAuthorization = `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`;

/** Writes the file of `CLIENTS_FILE` with the app. */
export async function writeAppFile(file: string): Promise<void> {
  const hash = createHash('sha256').update(secret).digest('hex');
  const app = { client_id: clientId, redirect_uris: [redirectUri], first_party: true, client_secret_sha256: hash };
  await writeFile(file, JSON.stringify([app]));
}

/** Signs somebody in to the app by a session token of the product; the refresh token. No page is shown: redirects only. */
export async function signInToApp(port: number, sessionToken: string): Promise<string> {
  const cookies = new Map([['signin-session', sessionToken]]);
  const verifier = randomBytes(32).toString('base64url');
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  const asked = { client_id: clientId, redirect_uri: redirectUri, response_type: 'code', scope: 'openid' };
  const query = new URLSearchParams({ ...asked, code_challenge: challenge, code_challenge_method: 'S256' });
  let at = new URL(`http://127.0.0.1:${port}/oauth/auth?${query}`);
  for (let step = 0; step < 6 && at.hostname === '127.0.0.1'; step += 1) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(at, { redirect: 'manual', headers: { cookie } });
    await answer.arrayBuffer();
    for (const one of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(one) ?? [];
      cookies.set(name, value);
    }
    at = new URL(answer.headers.get('location') ?? 'https://nowhere.example/', at);
  }
  const form = { grant_type: 'authorization_code', code: at.searchParams.get('code') ?? '', redirect_uri: redirectUri };
  const answer = await fetch(`http://127.0.0.1:${port}/oauth/token`, {
    method: 'POST',
    headers: { authorization: appAuthorization },
    body: new URLSearchParams({ ...form, code_verifier: verifier }),
  });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`a sign-in at ${at.href}: ${answer.status} ${text}`);
  return JSON.parse(text).refresh_token;
}
