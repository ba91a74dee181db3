import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { Webhook } from 'standardwebhooks';
import {
  createSessions,
  createTokenVerifier,
  createWebhooks,
  expressSession,
  fastifySession,
  honoSession,
  nextSession,
  readForwardAuth,
} from '../packages/server/src/index.ts';

const { publicKey, privateKey } = await generateKeyPair('RS256');
const stranger = await generateKeyPair('RS256');
const jwk = { ...(await exportJWK(publicKey)), kid: 'a', alg: 'RS256' };
const issuerState = { introspections: 0, active: true, isAway: false, authorization: '' };
const server = createServer((request, response) => {
  request.resume();
  if (issuerState.isAway) return void response.writeHead(503).end();
  response.setHeader('content-type', 'application/json');
  if (request.url === '/oauth/jwks') return void response.end(JSON.stringify({ keys: [jwk] }));
  issuerState.introspections += 1;
  issuerState.authorization = request.headers.authorization ?? '';
  const exp = Math.floor(Date.now() / 1000) + 600;
  const claims = { active: true, sub: 'anna', client_id: 'spa', scope: 'openid phone', exp, cnf: { jkt: 'k' } };
  response.end(JSON.stringify(issuerState.active ? claims : { active: false }));
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
after(() => server.close());
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const audience = 'https://api.example.com';

function sign(claims: JWTPayload = {}, key = privateKey, typ = 'at+jwt'): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const usual = { iss: url, aud: audience, sub: 'anna', scope: 'read write', client_id: 'spa', exp: now + 60 };
  return new SignJWT({ ...usual, ...claims }).setProtectedHeader({ alg: 'RS256', kid: 'a', typ }).sign(key);
}

test('@vouch/server takes a JWT of the issuer for its audience, and no other one', async () => {
  const verifier = createTokenVerifier({ url, audience });
  const token = await verifier.verify(await sign());
  assert.deepEqual([token?.sub, token?.scopes, token?.clientId], ['anna', ['read', 'write'], 'spa']);
  const none = `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.${(await sign()).split('.')[1]}.`;
  const wrong = [
    sign({ aud: 'https://other.example.com' }),
    sign({ iss: 'https://evil.example.com' }),
    sign({ exp: 1 }),
    sign({}, stranger.privateKey),
    sign({}, privateKey, 'JWT'),
    none,
    'a.b.c',
    'opaque',
    '',
  ];
  for (const text of await Promise.all(wrong)) assert.equal(await verifier.verify(text), undefined, text);
});

test('@vouch/server throws while the installation is away, so that nobody is signed out', async () => {
  const verifier = createTokenVerifier({ url, audience, client: { id: 'api', secret: 's' } });
  issuerState.isAway = true;
  await assert.rejects(verifier.verify(await sign()));
  await assert.rejects(verifier.verify('opaque'));
  issuerState.isAway = false;
  assert.equal((await verifier.verify('opaque'))?.sub, 'anna');
});

test('@vouch/server introspects an opaque token once in the life of an answer', async () => {
  Object.assign(issuerState, { introspections: 0, active: true });
  const verifier = createTokenVerifier({ url, client: { id: 'api', secret: 'a:b' } });
  for (let n = 0; n < 3; n += 1) {
    const token = await verifier.verify('opaque');
    assert.deepEqual([token?.sub, token?.jkt, token?.scopes], ['anna', 'k', ['openid', 'phone']]);
  }
  assert.equal(issuerState.introspections, 1);
  assert.equal(Buffer.from(issuerState.authorization.slice(6), 'base64').toString(), 'api:a%3Ab');
  issuerState.active = false;
  assert.equal(await verifier.verify('ended'), undefined);
  const each = createTokenVerifier({ url, client: { id: 'api', secret: 's' }, cacheSeconds: 0 });
  issuerState.active = true;
  assert.ok(await each.verify('opaque'));
  issuerState.active = false;
  assert.equal(await each.verify('opaque'), undefined);
  issuerState.active = true;
});

const [secret, older] = ['s'.repeat(32), 'o'.repeat(32)];
const sessions = createSessions<{ sub: string }>({ secrets: [secret] });
const cookieOf = (header: string) => header.split(';')[0] ?? '';

test('a session is sealed in a __Host- cookie, opens by an earlier secret, and by no other', async () => {
  const header = await sessions.write({ sub: 'anna' });
  assert.match(header, /^__Host-session=[\w.-]+; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Lax; Secure$/);
  assert.ok(!header.includes(Buffer.from('anna').toString('base64url')));
  assert.deepEqual(await sessions.read(`a=b; ${cookieOf(header)}`), { sub: 'anna' });
  const rotated = createSessions({ secrets: [older, secret] });
  assert.deepEqual(await rotated.read(cookieOf(header)), { sub: 'anna' });
  assert.equal(await createSessions({ secrets: [older] }).read(cookieOf(header)), undefined);
  for (const text of ['', '__Host-session=', '__Host-session=x.y', `${cookieOf(header)}x`, undefined])
    assert.equal(await sessions.read(text), undefined);
  const ended = createSessions({ secrets: [secret], maxAgeSeconds: -1 });
  assert.equal(await ended.read(cookieOf(await ended.write({}))), undefined);
  assert.throws(() => createSessions({ secrets: ['short'] }), TypeError);
  await assert.rejects(sessions.write({ sub: 'x'.repeat(4000) }), RangeError);
  assert.match(createSessions({ secrets: [secret], secure: false }).clear(), /^session=; Max-Age=0; Path=\/; HttpOnly/);
});

test('Fastify, Express, Hono and Next.js read, write and clear the same session', async () => {
  const app = fastify();
  const byFastify = fastifySession(sessions);
  app.get('/in', async (_request, reply) => {
    reply.header('set-cookie', 'other=1');
    await byFastify.write(reply, { sub: 'fastify' });
    return '';
  });
  app.get('/me', async (request) => (await byFastify.read(request))?.sub ?? 'nobody');
  const signedIn = await app.inject('/in');
  const [, cookie = ''] = [signedIn.headers['set-cookie']].flat();
  assert.equal((await app.inject({ url: '/me', headers: { cookie: cookieOf(cookie) } })).body, 'fastify');

  const web = express();
  const byExpress = expressSession(sessions);
  web.get('/me', async (request, response) => void response.send((await byExpress.read(request))?.sub));
  web.get('/in', async (_request, response) => {
    await byExpress.write(response, { sub: 'express' });
    byExpress.clear(response);
    response.end();
  });
  const listening = web.listen(0, '127.0.0.1');
  after(() => listening.close());
  await new Promise((resolve) => listening.once('listening', resolve));
  const origin = `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
  assert.equal((await fetch(`${origin}/in`)).headers.getSetCookie().length, 2);
  const seen = await fetch(`${origin}/me`, { headers: { cookie: cookieOf(cookie) } });
  assert.equal(await seen.text(), 'fastify');

  const hono = new Hono();
  const byHono = honoSession(sessions);
  hono.get('/me', async (context) => context.text((await byHono.read(context))?.sub ?? 'nobody'));
  hono.get('/in', async (context) => {
    await byHono.write(context, { sub: 'hono' });
    return context.text('');
  });
  const honoCookie = (await hono.request('/in')).headers.getSetCookie()[0] ?? '';
  assert.equal(await (await hono.request('/me', { headers: { cookie: cookieOf(honoCookie) } })).text(), 'hono');

  const byNext = nextSession(sessions);
  const response = new Response();
  await byNext.write(response, { sub: 'next' });
  const headers = new Headers({ cookie: cookieOf(response.headers.getSetCookie()[0] ?? '') });
  assert.deepEqual(await byNext.read(new Request(origin, { headers })), { sub: 'next' });
  assert.deepEqual(await byNext.read(headers), { sub: 'next' });
  byNext.clear(response);
  assert.equal(response.headers.getSetCookie().length, 2);
});

test('a webhook is checked by its raw body and each secret, and an old or forged one is none', () => {
  const [first, second] = ['whsec_MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0', 'whsec_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4'];
  const body = '{"type":"user.created","timestamp":"2026-01-01T00:00:00Z","data":{"id":"1"}}';
  const signed = (key: string, at = new Date()) => ({
    'webhook-id': 'evt_1',
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(key).sign('evt_1', at, body),
  });
  const webhooks = createWebhooks(first, second);
  assert.equal(webhooks.verify(body, signed(second))?.type, 'user.created');
  assert.equal(webhooks.verify(new TextEncoder().encode(body), new Headers(signed(first)))?.data.id, '1');
  assert.equal(createWebhooks(first).verify(body, signed(second)), undefined);
  assert.equal(webhooks.verify(`${body} `, signed(first)), undefined);
  assert.equal(webhooks.verify(body, signed(first, new Date(Date.now() - 600_000))), undefined);
  assert.equal(webhooks.verify(body, {}), undefined);
});

test('the headers of forward auth are a person only if each came once', () => {
  const headers = { 'x-vouch-user': 'u', 'x-vouch-session': 's', 'x-vouch-amr': 'otp' };
  assert.deepEqual(readForwardAuth(headers), { user: 'u', session: 's', phone: undefined, amr: ['otp'] });
  assert.equal(readForwardAuth(new Headers({ ...headers, 'x-vouch-phone': '+7916' }))?.phone, '+7916');
  assert.equal(readForwardAuth({ ...headers, 'x-vouch-user': 'forged, u' }), undefined);
  assert.equal(readForwardAuth({}), undefined);
});
