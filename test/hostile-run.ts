import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { type Credentials, HostileRequests, type RawRequest } from './hostile-requests.ts';

/** What came of a run. */
export interface HostileRun {
  /** How many answers had each status; `none` where the connection ended without one. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Requests whose answer may not be: 5xx other than 503 with `Retry-After`, each with the request. */
  readonly faults: readonly string[];
  readonly seconds: number;
}

/** A line of the log that tells of a fault of ours, and not of a database that a busy machine keeps waiting. */
export function isFault(line: string): boolean {
  return /"level":(50|60)/.test(line) && !line.includes('the database does not answer');
}

const answerMs = 60_000;
const requestsByCredentials = 500;

/** Sends so many hostile requests to a product on the loopback, over so many connections at once. */
export async function hostileRun(
  url: string,
  {
    requests,
    seed,
    connections = 16,
    onProgress,
  }: {
    requests: number;
    seed: number;
    connections?: number;
    onProgress?: (done: number, statuses: HostileRun['statuses'], faults: number) => void;
  },
): Promise<HostileRun> {
  const port = Number(new URL(url).port);
  const source = new HostileRequests(seed);
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
      const request = source.next(credentials);
      const answer = await connection.ask(request);
      const status = answer?.status ?? 'none';
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (!answer || answer.status < 500 || (answer.status === 503 && answer.hasRetryAfter)) continue;
      faults.push(`${answer.status} to ${JSON.stringify(request.bytes.toString('latin1')).slice(0, 2000)}`);
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: connections }, client));
  return { statuses, faults, seconds: (performance.now() - begun) / 1000 };
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
          if (request.isCut) resolve(undefined);
          else reject(new Error(`no answer to ${JSON.stringify(request.bytes.toString('latin1')).slice(0, 2000)}`));
        },
        request.isCut ? 200 : answerMs,
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
    if (request.isCut || /^connection: close\r$/im.test(heard)) this.close();
    return answer;
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
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
