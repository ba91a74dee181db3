// One server under load, in a process of its own: `vouch` is the product, `bare` the least that does the same statements.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { buildApp } from '../../src/app.ts';
import { openDatabase } from '../../src/db/open.ts';
import { createDeliveries, type DeliveriesNeeds } from '../../src/deliveries/deliveries.ts';
import type { Attempt, NewDelivery } from '../../src/deliveries/delivery.ts';
import { type AttemptResult, finishAttempts } from '../../src/deliveries/store.ts';
import { newInviteCodes } from '../../src/invites/invite.ts';
import { databaseClock } from '../../src/kit/clock.ts';
import { batchPerTick } from '../../src/kit/concurrency/batch-per-tick.ts';
import { Batcher } from '../../src/kit/concurrency/batcher.ts';
import type { PhoneNumber } from '../../src/kit/phone-number.ts';
import { random } from '../../src/kit/random.ts';
import { secretKeys } from '../../src/kit/secret.ts';
import { networkBuckets } from '../../src/limits/rate-limit.ts';
import { networkGuesses, networkMessages } from '../../src/limits/rules.ts';
import { noopMetrics } from '../../src/metrics/metrics.ts';
import { findProfiles } from '../../src/profile/store.ts';
import { toProfile } from '../../src/profile/view-profile.ts';
import { type Credential, formatToken, hashSecret, newSecret, parseToken } from '../../src/sessions/session.ts';
import { newDeviceToken } from '../../src/sessions/trusted-device.ts';
import { type Asker, askerOf } from '../../src/sign-in/challenge-token.ts';
import { codeFor, proofsOfGuess, proofsOfNew } from '../../src/sign-in/code.ts';
import { composeMessage } from '../../src/sign-in/compose-message.ts';
import { openChallenge } from '../../src/sign-in/store.ts';
import { signIn } from '../../src/sign-in/use-code.ts';
import type { Provider } from '../../src/sms/provider.ts';

const [kind = 'vouch', databaseUrl = ''] = process.argv.slice(2);
const log = pino({ level: 'silent' });
const db = await openDatabase({ databaseUrl, dataDir: '', poolSize: 10, log, clock: databaseClock });
const keys = secretKeys(['a-key-for-benchmarks-that-is-long-enough-0123456789']);
const sessionLife = { idleSeconds: 30 * 86_400, lifetimeSeconds: 365 * 86_400 };
const sessionsMax = 50;
const networkMessagesPerHour = 1e9;
const sprayLimit = 10_000;
const provider: Provider = {
  name: 'bench',
  channel: 'sms',
  async send({ id, to, code }) {
    process.send?.({ to, code });
    return { ok: true, reference: id };
  },
  close: async () => {},
};
const sending: Omit<DeliveriesNeeds, 'db' | 'log'> = {
  providers: new Map([['bench', provider]]),
  rules: [{ country: '*', providers: ['bench'] }],
  routing: 'fixed',
  testNumbers: new Map(),
  compose: (ordered) => composeMessage({ keys, host: 'vouch.example' }, ordered),
  priceOf: () => undefined,
  show: undefined,
  concurrency: 64,
  metrics: noopMetrics,
};
const port = kind === 'bare' ? await listenBare() : await listenVouch();
process.send?.({ port });
process.on('disconnect', () => process.exit());
process.on('message', (message) => {
  if (message === 'memory') process.send?.({ memory: process.memoryUsage().rss });
});

async function listenVouch(): Promise<number> {
  const server = await buildApp({
    db,
    keys,
    sessionLife,
    sessionsMax,
    log,
    networkMessagesPerHour,
    requireChallenge: false,
    sprayLimit,
    deliveries: createDeliveries({ ...sending, db, log }),
    testNumbers: new Map(),
    codeLength: 6,
    publicUrl: 'http://127.0.0.1',
    defaultLocale: 'en',
    defaultRegion: 'RU',
    dailyMax: [],
    phoneNumberPolicy: 'mobile',
    smsCountries: new Set(['*']),
    invitedPhones: 'full',
    keepDays: { deliveries: 30, audit: 400 },
    trustProxy: false,
    allowedNetworks: [],
    inbox: undefined,
    metrics: noopMetrics,
    scraping: undefined,
    isStopping: () => false,
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
  return (server.server.address() as AddressInfo).port;
}

function askerAt(phoneNumber: string): Asker {
  return askerOf(
    keys,
    { phoneNumber: phoneNumber as PhoneNumber, clientIp: '127.0.0.1', challengeToken: undefined },
    false,
  );
}

const ends = new Batcher((some: readonly AttemptResult[]) => finishAttempts(db, some));

/** The statements of a message, in as few calls as the product makes. */
async function deliver({ id, phoneNumber }: NewDelivery, code: string): Promise<void> {
  process.send?.({ to: phoneNumber, code });
  await ends.add({ attempt: { id, phoneNumber }, outcome: { state: 'accepted', reference: id, segments: undefined } });
}

/** The limit: no validation, no limits of the HTTP layer, no headers, no log; the same statements by the same client. */
function listenBare(): Promise<number> {
  const proofNeeds = { keys, testNumbers: new Map<string, string>() };
  const needs = { db, sessionLife, sessionsMax, keys, log };
  const read = batchPerTick((some: readonly Credential[]) => findProfiles(needs, some));
  const routes: Record<string, (request: IncomingMessage, body: Record<string, string>) => Promise<unknown>> = {
    '/api/users/me': async (request) => {
      const row = await read(parseToken(request.headers.authorization!.slice(6))!);
      return row && toProfile(row, 'full');
    },
    '/api/request-sms/': async (_request, { phone_number: phoneNumber = '' }) => {
      const challengeId = random.id();
      const challenge = {
        challengeId,
        keyIds: [keys.current.id],
        codeLength: 6,
        proofs: proofsOfNew(proofNeeds, { id: challengeId, phoneNumber: phoneNumber as PhoneNumber, codeLength: 6 }),
      };
      const id = random.id();
      const delivery: NewDelivery = {
        id,
        phoneNumber: phoneNumber as PhoneNumber,
        country: 'RU',
        prefix: phoneNumber.slice(0, 5),
        language: 'en',
        provider: 'bench',
        channel: 'sms',
        clientNetwork: undefined,
        dropped: undefined,
      };
      const attempt: Attempt = {
        id,
        phoneNumber: delivery.phoneNumber,
        provider: 'bench',
        channel: 'sms',
        segments: 1,
        price: undefined,
        currency: undefined,
      };
      const row = await openChallenge(db, {
        ...challenge,
        delivery,
        device: [],
        asker: askerAt(phoneNumber),
        sprayLimit,
        buckets: [{ key: 'sms:127.0.0.1', limit: networkMessages(networkMessagesPerHour) }],
        daily: [],
        isTestNumber: false,
        attempt,
      });
      void deliver(
        { ...delivery, id: row.delivery_id! },
        codeFor(keys, { id: row.id!, key_id: row.key_id, code_length: 6 }, phoneNumber)!,
      );
      return { phone_number: phoneNumber, expires_in: row.expires_in };
    },
    '/api/verify-sms/': async (_request, { phone_number: phoneNumber = '', sms_code: code }) => {
      const secret = newSecret();
      const session = { id: random.id(), secretHash: hashSecret(secret) };
      const fresh = () => ({
        accountId: random.id(),
        inviteCodes: newInviteCodes(),
        device: newDeviceToken(),
        session,
      });
      const guess = {
        phoneNumber: phoneNumber as PhoneNumber,
        client: { ip: '127.0.0.1', userAgent: undefined },
        device: [],
        asker: askerAt(phoneNumber),
        proofs: proofsOfGuess(proofNeeds, phoneNumber as PhoneNumber, code ?? ''),
        isTestNumber: false,
        buckets: networkBuckets('guess', '127.0.0.1', networkGuesses),
        sprayLimit,
      };
      const made = await signIn(needs, guess, fresh, undefined, undefined);
      if (!made.is_right) throw new Error('wrong code');
      return { token: formatToken(made.account_id, secret) };
    },
  };
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const made = await routes[request.url!]!(request, text ? JSON.parse(text) : {});
    response
      .writeHead(request.method === 'POST' ? 201 : 200, { 'content-type': 'application/json' })
      .end(JSON.stringify(made));
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((fault) => response.writeHead(500).end(String(fault)));
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)));
}
