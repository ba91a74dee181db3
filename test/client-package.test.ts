import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { openDpopKey } from '../packages/client/src/dpop.ts';
import { createClient, createOAuthClient, memoryStorage } from '../packages/client/src/index.ts';
import { clientTypesText, type TypedDocument } from '../scripts/client-types.ts';
import { anyNumber, openApp } from './support/harness.ts';

const app = await openApp();
const url = await app.server.listen({ host: '127.0.0.1', port: 0 });
const source = new URL('../packages/client/src/', import.meta.url);

test('the types of @vouch/client are what the OpenAPI document makes (npm run docs)', () => {
  const text = readFileSync(new URL('api-types.ts', source), 'utf8');
  assert.equal(text, clientTypesText(app.server.swagger() as unknown as TypedDocument));
});

test('@vouch/client imports nothing, and takes less than 6 kB gzipped', async (t) => {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(new URL('../package.json', source), 'utf8'));
  assert.deepEqual([dependencies, peerDependencies], [undefined, undefined]);
  const { outputFiles } = await build({
    entryPoints: [new URL('index.ts', source).pathname],
    bundle: true,
    minify: true,
    format: 'esm',
    write: false,
  });
  const bytes = gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length;
  t.diagnostic(`${bytes} bytes`);
  assert.ok(bytes > 0 && bytes < 6000, `${bytes} bytes`);
});

test('@vouch/client signs in, reads and changes the profile, redeems, lists, and signs out', async () => {
  const phone = anyNumber();
  const inviter = createClient({ url, storage: memoryStorage() });
  const inviterPhone = anyNumber();
  assert.ok((await inviter.requestCode(inviterPhone)).ok);
  assert.ok((await inviter.verifyCode(app.codeFor(inviterPhone))).ok);
  const inviterProfile = await inviter.profile();
  assert.ok(inviterProfile.ok);
  const storage = memoryStorage();
  const client = createClient({ url: `${url}/`, storage, locale: 'en' });
  const none = await client.verifyCode('000000');
  assert.ok(!none.ok && none.error.code === 'no_code');
  const sent = await client.requestCode(phone);
  assert.ok(sent.ok && sent.value.phone_number === phone);
  const early = await client.resend();
  assert.ok(!early.ok && early.error.code === 'too_early' && (early.error.retryAfter ?? 0) > 20);
  const reloaded = createClient({ url, storage, locale: 'en' });
  const wrong = await reloaded.verifyCode('x');
  assert.ok(!wrong.ok);
  assert.deepEqual([wrong.error.code, wrong.error.status], ['wrong_code', 400]);
  const code = app.codeFor(phone);
  const signedIn = await reloaded.verifyCode(code);
  assert.ok(signedIn.ok && signedIn.value.created);
  assert.equal((await client.session())?.id, signedIn.value.id);
  assert.equal(await client.pending(), undefined);
  const profile = await client.editProfile({ first_name: 'Anna' });
  assert.ok(profile.ok && profile.value.first_name === 'Anna');
  const refused = await client.editProfile({ email: 'none' });
  assert.ok(!refused.ok && refused.error.field === 'email', JSON.stringify(refused));
  const redeemed = await client.redeem(inviterProfile.value.referal_code);
  assert.ok(redeemed.ok && redeemed.value.invite_code === inviterProfile.value.referal_code);
  const invite = await client.invite(inviterProfile.value.referal_code);
  assert.ok(invite.ok && invite.value.invite_code === inviterProfile.value.referal_code);
  const invited = await inviter.invited();
  assert.ok(invited.ok && invited.value.invited_count === 1);
  const page = await inviter.invited('malformed');
  assert.ok(!page.ok && page.error.field === 'cursor');
  const sessions = await client.sessions();
  assert.ok(sessions.ok && sessions.value.sessions.length === 1);
  assert.ok((await client.endOtherSessions()).ok);
  assert.ok((await client.signOut()).ok);
  assert.equal(await client.session(), undefined);
  const out = await client.profile();
  assert.ok(!out.ok && out.error.status === 401);
});

test('@vouch/client sends a code again by the same challenge once the server lets it, and tells how long to wait', async () => {
  const bodies: string[] = [];
  const storage = memoryStorage();
  const fetch: typeof globalThis.fetch = (input, init) => {
    bodies.push(String(init?.body));
    return globalThis.fetch(input, init);
  };
  const client = createClient({ url, storage, fetch });
  const phone = anyNumber();
  const sent = await client.requestCode(phone);
  assert.ok(sent.ok);
  const refused = await client.requestCode(phone);
  assert.ok(!refused.ok && refused.error.status === 429 && (refused.error.retryAfter ?? 0) > 0);
  app.clock.turn(31);
  await storage.set('vouch.code', JSON.stringify({ ...sent.value, resendAt: Date.now() }));
  assert.ok((await client.resend()).ok);
  assert.equal(new Set(bodies).size, 1, 'each request has the challenge of the first');
});

test('@vouch/client returns a lost connection, and a response that is no JSON, as values', async () => {
  const lost = createClient({ url, storage: memoryStorage(), fetch: () => Promise.reject(new TypeError('lost')) });
  const profile = await lost.profile();
  assert.ok(!profile.ok && profile.error.code === 'network' && profile.error.status === 0);
  const html = createClient({ url, storage: memoryStorage(), fetch: async () => new Response('<html>') });
  const odd = await html.profile();
  assert.ok(!odd.ok && odd.error.code === 'unexpected_response');
});

/** A provider that counts what it is asked, and may lose a response after it has acted. */
const provider = {
  refreshes: [] as string[],
  forms: [] as Record<string, string>[],
  lose: 0,
  proofs: 0,
  ends: false,
  life: 10,
};
let nonce = '';
const server = createServer((request, response) => {
  let text = '';
  request.on('data', (chunk) => {
    text += chunk;
  });
  request.on('end', () => {
    const form = Object.fromEntries(new URLSearchParams(text));
    provider.forms.push(form);
    if (request.headers.dpop) provider.proofs += 1;
    if (form.grant_type === 'refresh_token') {
      provider.refreshes.push(form.refresh_token ?? '');
      if (provider.ends) return void response.writeHead(400).end('{"error":"invalid_grant"}');
      if (provider.lose-- > 0) return void request.socket.destroy();
    }
    const claims = Buffer.from(JSON.stringify({ iss: issuer, aud: 'spa', sub: 'anna', nonce })).toString('base64url');
    const n = new Set(provider.refreshes).size;
    const tokens = {
      access_token: `a${n}`,
      refresh_token: `r${n}`,
      id_token: `.${claims}.`,
      expires_in: provider.life,
    };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(tokens));
  });
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
after(() => server.close());
const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

/** A client that has signed in, by storage that several tabs may share. */
async function signIn(storage = memoryStorage(), more: object = {}) {
  const client = createOAuthClient({
    url: issuer,
    clientId: 'spa',
    redirectUri: 'https://app.example/cb',
    storage,
    ...more,
  });
  Object.assign(provider, { refreshes: [], forms: [], lose: 0, ends: false, life: 10 });
  const begun = new URL(await client.beginSignIn({ state: '/next' }));
  nonce = begun.searchParams.get('nonce') ?? '';
  const query = new URLSearchParams({ code: 'c', state: begun.searchParams.get('state') ?? '', iss: issuer });
  const completed = await client.completeSignIn(`https://app.example/cb?${query}`);
  assert.ok(completed.ok, JSON.stringify(completed));
  assert.deepEqual([completed.value.claims.sub, completed.value.state], ['anna', '/next']);
  return { client, storage, begun };
}

test('a sign-in by OAuth sends PKCE, and refuses another state, another issuer, another nonce and a second use', async () => {
  const { client, begun } = await signIn();
  assert.equal(begun.searchParams.get('code_challenge_method'), 'S256');
  assert.match(provider.forms[0]?.code_verifier ?? '', /^[\w-]{43}$/);
  const state = begun.searchParams.get('state') ?? '';
  const query = (more: object) => new URLSearchParams({ code: 'c', state, iss: issuer, ...more });
  const again = await client.completeSignIn(`https://app.example/cb?${query({})}`);
  assert.ok(!again.ok && again.error.code === 'state_mismatch');
  const next = new URL(await client.beginSignIn());
  for (const wrong of [{ state: 'x' }, { state: next.searchParams.get('state'), iss: 'https://evil.example' }]) {
    const refused = await client.completeSignIn(`https://app.example/cb?${query(wrong)}`);
    assert.ok(!refused.ok && refused.error.code === 'state_mismatch');
  }
  const stale = await client.completeSignIn(
    `https://app.example/cb?${query({ state: next.searchParams.get('state') })}`,
  );
  assert.ok(!stale.ok && stale.error.code === 'unexpected_response', 'the nonce is of the first attempt');
});

test('tokens are refreshed once for all tabs that share a storage, with and without Web Locks', async () => {
  for (const locks of [true, false]) {
    const own = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
    let tail: Promise<unknown> = Promise.resolve();
    const request = <T>(_name: string, run: () => Promise<T>) => {
      const turn = tail.then(run);
      tail = turn.catch(() => undefined);
      return turn;
    };
    Object.defineProperty(globalThis, 'navigator', { value: locks ? { locks: { request } } : {}, configurable: true });
    try {
      const { client, storage } = await signIn();
      const tokens = JSON.parse((await storage.get('vouch.tokens.spa')) ?? '');
      await storage.set('vouch.tokens.spa', JSON.stringify({ ...tokens, expiresAt: 0 }));
      provider.life = 3600;
      const other = createOAuthClient({ url: issuer, clientId: 'spa', redirectUri: 'https://app.example/cb', storage });
      const asked = [client, client, other, other].map((one) => one.accessToken());
      const found = await Promise.all(asked);
      assert.deepEqual(new Set(found.map((one) => one.ok && one.value)), new Set(['a1']));
      assert.deepEqual(provider.refreshes, ['r0']);
    } finally {
      if (own) Object.defineProperty(globalThis, 'navigator', own);
      else Reflect.deleteProperty(globalThis, 'navigator');
    }
  }
});

test('a refresh whose response is lost is sent again with the same token; a family that is over signs out', async () => {
  const { client, storage } = await signIn();
  provider.lose = 2;
  const refreshed = await client.accessToken();
  assert.ok(refreshed.ok && refreshed.value === 'a1', JSON.stringify(refreshed));
  assert.deepEqual(provider.refreshes, ['r0', 'r0', 'r0']);
  provider.ends = true;
  const ended = await client.accessToken();
  assert.ok(!ended.ok && ended.error.code === 'invalid_grant');
  assert.equal(await storage.get('vouch.tokens.spa'), null);
  assert.equal(await client.claims(), undefined);
});

test('with DPoP each request for tokens has a proof, and a call has the hash of its token', async () => {
  const dpop = await openDpopKey();
  provider.proofs = 0;
  const { client } = await signIn(memoryStorage(), { dpop });
  const headers = await client.authorization('GET', 'https://api.example/x?y');
  assert.ok(headers.ok && provider.proofs === 2, `${provider.proofs}`);
  assert.match(headers.value.authorization ?? '', /^DPoP a/);
  const [head = '', claims = '', signature = ''] = (headers.value.dpop ?? '').split('.');
  const { jwk, typ } = JSON.parse(Buffer.from(head, 'base64url').toString());
  const key = await crypto.subtle.importKey('jwk', jwk, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['verify']);
  const text = new TextEncoder().encode(`${head}.${claims}`);
  const algorithm = { name: 'ECDSA', hash: 'SHA-256' };
  assert.ok(await crypto.subtle.verify(algorithm, key, Buffer.from(signature, 'base64url'), text));
  const { htu, htm, ath } = JSON.parse(Buffer.from(claims, 'base64url').toString());
  assert.deepEqual([typ, htm, htu, typeof ath], ['dpop+jwt', 'GET', 'https://api.example/x', 'string']);
  const url = new URL(await client.signOut('https://app.example/'));
  assert.equal(url.pathname, '/oauth/logout');
  assert.ok(provider.forms.at(-1)?.token?.startsWith('r'));
});
