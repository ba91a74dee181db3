import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { pino } from 'pino';
import type { Gateway, Message } from '../src/sms/gateway.ts';
import { openOutbox } from '../src/sms/outbox.ts';
import { httpGateway } from '../src/sms/sender.ts';
import { anyNumber, openApp } from './harness.ts';

const silent = pino({ level: 'silent' });
const message: Message = { to: '+79161234567', text: 'Код 123456', code: '123456' };
const never = new AbortController().signal;

/** A company's own sender, on the loopback. */
async function sender(answer: RequestListener): Promise<{ url: string; seen: string[] }> {
  const seen: string[] = [];
  const server = createServer(async (request, reply) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    seen.push(`${request.method} ${request.url} ${request.headers.authorization} ${body}`);
    answer(request, reply);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => server.close().closeAllConnections());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/send`, seen };
}

for (const status of [200, 202, 204]) {
  test(`a message is accepted where the sender answers ${status}`, async () => {
    const { url, seen } = await sender((_, reply) => reply.writeHead(status).end());
    await httpGateway({ url, token: 'secret' }).send(message, never);
    assert.deepEqual(seen, ['POST /send Bearer secret {"to":"+79161234567","text":"Код 123456"}']);
  });
}

for (const status of [400, 401, 429, 500, 503]) {
  test(`a message has not left where the sender answers ${status}`, async () => {
    const { url } = await sender((_, reply) => reply.writeHead(status).end());
    await assert.rejects(httpGateway({ url }).send(message, never), new RegExp(`answered ${status}`));
  });
}

test('a redirect of the sender is not followed', async () => {
  const other = await sender((_, reply) => reply.writeHead(200).end());
  const { url } = await sender((_, reply) => reply.writeHead(307, { location: other.url }).end());
  await assert.rejects(httpGateway({ url }).send(message, never));
  assert.deepEqual(other.seen, []);
});

test('a sender that hangs is cut off at the stop', async () => {
  const { url } = await sender(() => {});
  const stop = new AbortController();
  const sending = httpGateway({ url }).send(message, stop.signal);
  stop.abort();
  await assert.rejects(sending, { name: 'AbortError' });
});

test('while the sender hangs, answers do not wait and no lock or transaction stays open', async () => {
  const begun: Message[] = [];
  const hanging: Gateway = {
    send: (one, signal) => {
      begun.push(one);
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('cut off'))));
    },
  };
  const outbox = openOutbox({ gateway: hanging, log: silent, mask: () => '' });
  const app = await openApp({ outbox });
  const number = anyNumber();
  const asking = app.call('POST', '/api/request-sms/', { phone_number: number });
  const asked = await Promise.race([asking, pause(5000, undefined, { ref: false })]);
  assert.equal(asked?.statusCode, 201, 'the answer does not wait');
  assert.equal(begun.length, 1, 'the sending is under way');
  const [open] = await app.sql<{ transactions: number; locks: number }[]>`
    select (select count(*)::int from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle') as transactions,
      (select count(*)::int from pg_locks l join pg_database d on d.oid = l.database
        where d.datname = current_database() and l.pid <> pg_backend_pid()) as locks`;
  assert.deepEqual({ ...open }, { transactions: 0, locks: 0 });
  const verified = await app.call('POST', '/api/verify-sms/', { phone_number: number, sms_code: begun[0]!.code });
  assert.equal(verified.statusCode, 201, 'whoever has the code need not wait for the sender');
  await outbox.close(0);
});
