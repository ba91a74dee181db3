import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { type Credentials, HostileRequests, type RawRequest, type Source } from './hostile-requests.ts';

/** What came of a run. */
export interface HostileRun {
  /** How many answers had each status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** How many requests have no answer, by the reason that they need none; all others have one, or are faults. */
  readonly unanswered: Readonly<Record<string, number>>;
  /** What may not be, each with the request: 5xx other than 503 with `Retry-After`, and no answer to a whole request. */
  readonly faults: readonly string[];
  readonly seconds: number;
}

/** A line of the log that tells of a fault of ours, and not of a database that a busy machine keeps waiting. */
export function isFault(line: string): boolean {
  return /"level":(50|60)/.test(line) && !line.includes('database unavailable');
}

const answerMs = 60_000;
const requestsByCredentials = 500;

/** Sends so many hostile requests to a product on the loopback, over so many connections at once. */
export async function hostileRun(
  url: string,
  {
    requests,
    connections = 16,
    onProgress,
    ...source
  }: Source & {
    requests: number;
    connections?: number;
    onProgress?: (done: number, statuses: HostileRun['statuses'], faults: number) => void;
  },
): Promise<HostileRun> {
  const port = Number(new URL(url).port);
  const hostile = new HostileRequests(source);
  const unanswered: Record<string, number> = {};
  const statuses: Record<string, number> = {};
  const faults: string[] = [];
  const begun = performance.now();
  let left = requests;
  let credentials = await signIn(url);
  const client = async () => {
    const connection = new Connection(port);
    while (left > 0) {
      left -= 1;
      // the others go on while this one signs in
      const remaining = left;
      if (remaining % requestsByCredentials === 0) credentials = await signIn(url);
      if (remaining % 1000 === 0) onProgress?.(requests - remaining, statuses, faults.length);
      const request = hostile.next(credentials);
      const before = connection.last;
      let answer = await connection.ask(request);
      // the end of a connection that is used again may cross the request: a client repeats it then (RFC 9112, 9.3.1)
      if (!answer && before && !request.unanswerable) answer = await connection.ask(request);
      if (answer) count(statuses, answer.status);
      else if (request.unanswerable) count(unanswered, request.unanswerable);
      else faults.push(`no answer to ${shown(request)}${before ? ` after ${shown(before)}` : ''}`);
      if (!answer || answer.status < 500 || (answer.status === 503 && answer.hasRetryAfter)) continue;
      faults.push(`${answer.status} to ${shown(request)}`);
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: connections }, client));
  return { statuses, unanswered, faults, seconds: (performance.now() - begun) / 1000 };
}

function count(kinds: Record<string, number>, kind: string | number): void {
  kinds[kind] = (kinds[kind] ?? 0) + 1;
}

function shown({ bytes }: RawRequest): string {
  return JSON.stringify(bytes.toString('latin1')).slice(0, 2000);
}

/** A new person, and what they can show. */
async function signIn(url: string): Promise<Credentials> {
  const phone_number = `+7917${String(Math.floor(Math.random() * 1e7)).padStart(7, '0')}`;
  await post(`${url}/api/request-sms/`, { phone_number });
  const inbox = await fetch(`${url}/dev/inbox.json?phone=${encodeURIComponent(phone_number)}`);
  const { messages } = (await inbox.json()) as { messages: { code: string }[] };
  const { token } = await post(`${url}/api/verify-sms/`, { phone_number, sms_code: messages[0]?.code });
  const me = await fetch(`${url}/api/users/me`, { headers: { authorization: `Token ${token}` } });
  const { referal_code } = (await me.json()) as { referal_code: string };
  return { token: token!, inviteCode: referal_code };
}

/** A machine that has other things to do may refuse for a while. */
async function post(url: string, body: object): Promise<Record<string, string>> {
  const headers = { 'content-type': 'application/json' };
  for (let tries = 1; ; tries += 1) {
    const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
    if (answer.status === 201) return (await answer.json()) as Record<string, string>;
    assert.ok(answer.status === 503 && tries < 30, `${answer.status} ${await answer.text()}`);
    await pause(2000);
  }
}

interface RawAnswer {
  readonly status: number;
  readonly hasRetryAfter: boolean;
}

/** One connection at a time, opened anew where the other side has ended it. */
class Connection {
  readonly #port: number;
  #socket: Socket | undefined;
  /** What was answered last, over the connection that is still open. */
  last: RawRequest | undefined;

  constructor(port: number) {
    this.#port = port;
  }

  /** Resolves with the answer, or with undefined where the connection ends without one. */
  async ask(request: RawRequest): Promise<RawAnswer | undefined> {
    const socket = await this.#open();
    let heard = '';
    const answered = new Promise<RawAnswer | undefined>((resolve, reject) => {
      const late = setTimeout(
        () => {
          socket.destroy();
          if (request.unanswerable) resolve(undefined);
          else reject(new Error(`no answer to ${shown(request)}`));
        },
        request.unanswerable ? 200 : answerMs,
      );
      const settle = (answer: RawAnswer | undefined) => {
        clearTimeout(late);
        socket.removeAllListeners('data').removeAllListeners('close');
        resolve(answer);
      };
      socket.on('data', (text) => {
        heard = (heard + text).replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, '');
        if (isWhole(heard, request.method)) settle(parse(heard));
      });
      socket.on('close', () => settle(heard === '' ? undefined : parse(heard)));
      socket.write(request.bytes);
    });
    const answer = await answered;
    this.last = request;
    if (request.unanswerable || /^connection: close\r$/im.test(heard)) this.close();
    return answer;
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
    this.last = undefined;
  }

  async #open(): Promise<Socket> {
    if (this.#socket?.writable && this.#socket.readable) return this.#socket;
    const socket = connect(this.#port, '127.0.0.1').setEncoding('latin1');
    // the other side resets where it refuses a body; refusing the connection itself is a fault
    await once(socket, 'connect');
    socket.on('error', () => {});
    this.#socket = socket;
    return socket;
  }
}

function parse(heard: string): RawAnswer {
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(heard)?.[1] ?? Number.NaN);
  assert.ok(status, `no answer of HTTP: ${heard.slice(0, 200)}`);
  return { status, hasRetryAfter: /^retry-after: [1-9]\d*\r$/im.test(heard.split('\r\n\r\n')[0]!) };
}

/** Two answers to one request (a body that was taken for one) are found as the next one's. */
function isWhole(heard: string, method: string): boolean {
  const end = heard.indexOf('\r\n\r\n');
  if (end === -1) return false;
  if (method === 'HEAD' || /^HTTP\/1\.1 (?:204|304) /.test(heard)) return true;
  const length = /\r\ncontent-length: (\d+)/i.exec(heard.slice(0, end))?.[1];
  if (length !== undefined) return heard.length - end - 4 >= Number(length);
  return heard.endsWith('0\r\n\r\n');
}
