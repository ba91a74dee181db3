import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { PhoneNumber } from '../../src/kit/phone-number.ts';
import type { CallbackRequest, Message, Provider, Receipt, SendError, Sent } from '../../src/sms/provider.ts';

/** A request as the provider's server saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What the provider's server says, as its documentation has it. */
export interface CannedResponse {
  readonly status: number;
  readonly body: string | object;
  readonly headers?: Record<string, string>;
}

/** A provider that is spoken to over HTTP, and what its documentation says. */
export interface HttpCase {
  readonly name: string;
  /** Opens it with this origin instead of its own, as `http://127.0.0.1:port`. */
  open(origin: string): Provider;
  /** Its answer to a message that it takes. */
  readonly accepted: (seen: SeenRequest) => CannedResponse;
  /** The reference in that answer; undefined where it is the id of the try. */
  readonly reference: string | undefined;
  /** Fails where a request is not what the documentation asks for. */
  requested(seen: SeenRequest, message: Message): void;
  /** Its answers of each class of error, by what they are called in its documentation. */
  readonly errors: Readonly<Record<Exclude<SendError, 'unknown'>, Readonly<Record<string, CannedResponse>>>>;
  /** How it calls back, where it does. */
  readonly callbacks?: {
    /** A call for each state, that of `failed` with its reason; `origin` is ours, which our settings know. */
    readonly told: (state: Receipt['state'], reference: string) => CallbackRequest;
    readonly reason: string | undefined;
    /** Calls that the provider did not make: without signature, with another's, changed after signing. */
    readonly forged: Readonly<Record<string, CallbackRequest>>;
  };
}

/** A message for tests. */
export const message: Message = {
  id: '0199f7a0-5b6e-7c1d-9e2f-3a4b5c6d7e8f',
  to: '+79161234567' as PhoneNumber,
  code: '123456',
  text: '123456 — ваш код & "вход"\n\n@vouch.example #123456',
  language: 'ru',
  expiresIn: 600,
};

const never = new AbortController().signal;

/** Ends the patience for an answer, as `AbortSignal.timeout` does. */
function endOf(patience: AbortController): void {
  patience.abort(new DOMException('no answer in time', 'TimeoutError'));
}

/** Holds a provider that is spoken to over HTTP to the contract of all. */
export function httpContract(one: HttpCase): void {
  const { name } = one;

  test(`${name}: an accepted message is asked for as documented, once, and has its reference`, async () => {
    const server = await provider((seen, reply) => say(reply, one.accepted(seen)));
    const sent = await one.open(server.origin).send(message, never);
    assert.ok(sent.ok, JSON.stringify(sent));
    assert.equal(sent.reference, one.reference ?? message.id);
    assert.equal(server.seen.length, 1);
    one.requested(server.seen[0]!, message);
    assert.match(server.seen[0]!.headers['user-agent'] ?? '', /^Vouch\b/, 'it says who asks');
  });

  for (const [error, answers] of Object.entries(one.errors)) {
    for (const [title, answer] of Object.entries(answers)) {
      test(`${name}: ${title} is ${error}`, async () => {
        const server = await provider((_, reply) => say(reply, answer));
        const sent = await one.open(server.origin).send(message, never);
        assertFailed(sent, error as SendError);
        assert.equal(server.seen.length, 1, 'it is asked once');
      });
    }
  }

  test(`${name}: silence after the request is unknown, at the moment that patience ends`, async () => {
    const patience = new AbortController();
    // from the moment at which the request is there, however long it took on a busy machine
    const server = await provider(() => void setTimeout(() => endOf(patience), 100));
    assertFailed(await one.open(server.origin).send(message, patience.signal), 'unknown');
  });

  test(`${name}: a body that does not end is unknown`, async () => {
    const patience = new AbortController();
    const server = await provider((_, reply) => {
      reply.writeHead(200, { 'content-type': 'application/json' }).write('{"', () => {
        setTimeout(() => endOf(patience), 100);
      });
    });
    assertFailed(await one.open(server.origin).send(message, patience.signal), 'unknown');
  });

  test(`${name}: a body that breaks off is unknown`, async () => {
    const server = await provider((seen, reply) => {
      const { status, body, headers } = one.accepted(seen);
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      reply.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(text) + 10 });
      reply.write(text.slice(0, text.length / 2), () => reply.destroy());
    });
    assertFailed(await one.open(server.origin).send(message, never), 'unknown');
  });

  test(`${name}: a connection that is reset after the request is unknown`, async () => {
    const server = await provider((_, reply) => void reply.socket!.resetAndDestroy());
    assertFailed(await one.open(server.origin).send(message, never), 'unknown');
  });

  test(`${name}: a server that is not there is unavailable`, async () => {
    const server = await provider(() => {});
    await server.close();
    assertFailed(await one.open(server.origin).send(message, never), 'unavailable');
  });

  test(`${name}: TLS that fails is unavailable, and nothing was said`, async () => {
    const server = await provider((seen, reply) => say(reply, one.accepted(seen)));
    const sent = await one.open(server.origin.replace('http:', 'https:')).send(message, never);
    assertFailed(sent, 'unavailable');
    assert.deepEqual(server.seen, []);
  });

  test(`${name}: a redirect is never followed`, async () => {
    const other = await provider((seen, reply) => say(reply, one.accepted(seen)));
    for (const status of [301, 302, 303, 307, 308]) {
      const server = await provider((seen, reply) => {
        reply.writeHead(status, { location: `${other.origin}${seen.url.pathname}` }).end();
      });
      const sent = await one.open(server.origin).send(message, never);
      assert.equal(sent.ok, false, `${status} is no acceptance`);
    }
    assert.deepEqual(other.seen, []);
  });

  test(`${name}: of a body of 100 MB only its beginning is read`, async () => {
    let written = 0;
    const server = await provider(async (_, reply) => {
      reply.writeHead(200, { 'content-type': 'application/json' });
      const chunk = Buffer.alloc(65_536, ' ');
      reply.on('error', () => {}).setMaxListeners(0);
      while (written < 100e6 && !reply.destroyed) {
        written += chunk.length;
        if (!reply.write(chunk)) await Promise.race([once(reply, 'drain'), once(reply, 'close')]);
      }
      reply.end();
    });
    await one.open(server.origin).send(message, AbortSignal.timeout(5000));
    await pause(50);
    assert.ok(written < 20e6, `${written} bytes were taken`);
  });

  test(`${name}: a stop cuts off what is under way`, async () => {
    const stop = new AbortController();
    const server = await provider(() => stop.abort());
    assertFailed(await one.open(server.origin).send(message, stop.signal), 'unknown');
    assertFailed(await one.open(server.origin).send(message, AbortSignal.abort()), 'unavailable');
  });

  test(`${name}: an error says neither number nor code`, async () => {
    const answers = Object.values(one.errors).flatMap((some) => Object.values(some));
    for (const answer of answers) {
      const server = await provider((_, reply) => say(reply, answer));
      const sent = await one.open(server.origin).send(message, never);
      assert.doesNotMatch(JSON.stringify(sent), /123456|9161234567/);
    }
  });

  const { callbacks } = one;
  if (!callbacks) return;

  test(`${name}: callbacks tell what became of a message`, () => {
    const provider = one.open('http://127.0.0.1:1');
    const reference = one.reference ?? message.id;
    const delivered = provider.callback!(callbacks.told('delivered', reference));
    assert.ok(delivered.ok, JSON.stringify(delivered));
    assert.deepEqual(plain(delivered.receipts), [{ reference, state: 'delivered' }]);
    const failed = provider.callback!(callbacks.told('failed', reference));
    assert.ok(failed.ok, JSON.stringify(failed));
    assert.deepEqual(plain(failed.receipts), [
      { reference, state: 'failed', ...(callbacks.reason === undefined ? {} : { reason: callbacks.reason }) },
    ]);
  });

  for (const [title, call] of Object.entries(callbacks.forged)) {
    test(`${name}: a callback ${title} is not believed`, () => {
      const answer = one.open('http://127.0.0.1:1').callback!(call);
      assert.deepEqual(answer, { ok: false, error: 'unauthenticated' });
    });
  }

  test(`${name}: no callback throws, whatever it holds`, () => {
    const provider = one.open('http://127.0.0.1:1');
    const call = callbacks.told('delivered', 'x');
    for (const body of ['', '{', 'null', '[]', '{"a":1}', '\u0000', 'a=b&a=c'].map((text) => Buffer.from(text))) {
      assert.doesNotThrow(() => provider.callback!({ ...call, body }));
      assert.doesNotThrow(() => provider.callback!({ ...call, body, headers: {} }));
    }
  });
}

/** Why was only said of what was delivered, if at all, is no matter. */
function plain(receipts: readonly Receipt[]): object[] {
  return receipts.map(({ reference, state, reason }) => ({
    reference,
    state,
    ...(state === 'failed' && reason !== undefined ? { reason } : {}),
  }));
}

function assertFailed(sent: Sent, error: SendError): void {
  assert.equal(sent.ok, false, 'it was taken as accepted');
  if (sent.ok) return;
  assert.equal(sent.error, error, sent.reason);
  assert.ok(sent.reason.length > 0 && sent.reason.length <= 200);
}

/** A server of a provider, on the loopback. */
export async function provider(
  answer: (seen: SeenRequest, reply: ServerResponse) => void,
): Promise<{ origin: string; seen: SeenRequest[]; close(): Promise<unknown> }> {
  const seen: SeenRequest[] = [];
  const listener: RequestListener = async (request, reply) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const one = {
      method: request.method!,
      url: new URL(request.url!, 'http://provider'),
      headers: request.headers,
      body,
    };
    seen.push(one);
    answer(one, reply);
  };
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  after(close);
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, close };
}

function say(reply: ServerResponse, { status, body, headers }: CannedResponse): void {
  const type = typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json';
  reply
    .writeHead(status, { 'content-type': type, ...headers })
    .end(typeof body === 'string' ? body : JSON.stringify(body));
}
