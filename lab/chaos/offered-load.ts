// A process of its own, told what to offer by messages: reads of profiles and sign-ins of newcomers, over raw connections.
import { setTimeout as pause } from 'node:timers/promises';
import { ApiClient, uniqueNumber } from './api-client.ts';
import { FakeGateway } from './fake-gateway.ts';
import { RawConnection, type RawResponse } from './raw-connection.ts';

/** What is to be offered: so many a second by the clock, or, where that is 0, as many as `lines` callers take in turn. */
export interface Offer {
  readonly perSecond: number;
  readonly seconds: number;
  readonly connections: number;
}

/** What came of it. Times are in ms, from when the call was due. */
export interface Outcome {
  readonly seconds: number;
  /** Calls that were due, and those of them that found no connection free. */
  readonly offered: number;
  readonly noLine: number;
  /** Served within `inTimeMs`, sign-ins that were ended among them, and later than that. */
  readonly inTime: number;
  readonly signedIn: number;
  readonly late: number;
  readonly refused: number;
  /** Answers that are neither, by status; 0 is a connection that ended. */
  readonly odd: Record<number, number>;
  readonly servedP50: number;
  readonly servedP99: number;
  readonly refusedP50: number;
  readonly refusedP99: number;
}

/** Who waits longer than this has looked away: what is served later counts as not served. */
export const inTimeMs = 1000;

const signInEvery = 5;
const readers = 50;

class Load {
  readonly #gateway: FakeGateway;
  readonly #port: number;
  readonly #tokens: readonly string[];
  readonly #served: number[] = [];
  readonly #refused: number[] = [];
  readonly #odd: Record<number, number> = {};
  #free: RawConnection[] = [];
  /** Codes that came while no connection was free: they go before what is new. */
  readonly #entering: (() => void)[] = [];
  #offered = 0;
  #noLine = 0;
  #signedIn = 0;
  #again: (() => void) | undefined;

  constructor(gateway: FakeGateway, port: number, tokens: readonly string[]) {
    this.#gateway = gateway;
    this.#port = port;
    this.#tokens = tokens;
  }

  async offer({ perSecond, seconds, connections: lines }: Offer): Promise<Outcome> {
    const all = Array.from({ length: lines }, () => new RawConnection(this.#port));
    for (let at = 0; at < lines; at += 100) await Promise.all(all.slice(at, at + 100).map((line) => line.opened()));
    this.#free = [...all];
    const begun = performance.now();
    const over = () => performance.now() - begun >= seconds * 1000;
    if (perSecond === 0) {
      this.#again = () => !over() && this.#next(performance.now());
      for (let line = 0; line < lines; line += 1) this.#next(performance.now());
    }
    for (let due = 0; !over(); await pause(1)) {
      const now = performance.now();
      for (; due < ((now - begun) / 1000) * perSecond; due += 1) this.#next(begun + (due / perSecond) * 1000);
    }
    const took = (performance.now() - begun) / 1000;
    for (let wait = 0; wait < 100 && this.#free.length < lines; wait += 1) await pause(50);
    for (const line of all) line.close();
    return this.#outcome(took);
  }

  #next(due: number): void {
    this.#offered += 1;
    if (this.#offered % signInEvery > 0) {
      this.#call(readOf(this.#tokens[this.#offered % this.#tokens.length]!), due);
      return;
    }
    const number = uniqueNumber();
    this.#call(postOf('/api/request-sms/', `{"phone_number":"${number}"}`), due, ({ status }) => {
      if (status === 201) void this.#enter(number);
    });
  }

  async #enter(number: string): Promise<void> {
    const code = await this.#gateway.waitForCode(number);
    this.#gateway.forget(number);
    if (!code) return;
    const body = `{"phone_number":"${number}","sms_code":"${code}"}`;
    const due = performance.now();
    const enter = () =>
      this.#call(postOf('/api/verify-sms/', body), due, ({ status }) => {
        if (status === 201) this.#signedIn += 1;
      });
    if (this.#free.length > 0) enter();
    else this.#entering.push(enter);
  }

  #call(bytes: string, due: number, then?: (wired: RawResponse) => void): void {
    const line = this.#free.pop();
    if (!line) {
      this.#noLine += 1;
      return;
    }
    line.send(bytes, (wired) => {
      const ms = performance.now() - due;
      if (wired.status >= 200 && wired.status < 300) this.#served.push(ms);
      else if (wired.retryAfter) this.#refused.push(ms);
      else this.#odd[wired.status] = (this.#odd[wired.status] ?? 0) + 1;
      this.#free.push(line);
      then?.(wired);
      (this.#entering.shift() ?? this.#again)?.();
    });
  }

  #outcome(seconds: number): Outcome {
    const inTime = this.#served.filter((ms) => ms <= inTimeMs).length;
    const [served, refused] = [this.#served, this.#refused].map((times) => times.sort((one, other) => one - other));
    const at = (times: readonly number[], share: number) => times[Math.floor(times.length * share)] ?? 0;
    return {
      seconds,
      offered: this.#offered,
      noLine: this.#noLine,
      inTime,
      signedIn: this.#signedIn,
      late: this.#served.length - inTime,
      refused: this.#refused.length,
      odd: this.#odd,
      servedP50: at(served!, 0.5),
      servedP99: at(served!, 0.99),
      refusedP50: at(refused!, 0.5),
      refusedP99: at(refused!, 0.99),
    };
  }
}

let people = 0;

/** Each call from an address of its own, as the balancer would tell. */
function from(): string {
  people += 1;
  return `Host: a\r\nX-Forwarded-For: 10.${(people >> 16) & 255}.${(people >> 8) & 255}.${people & 255}\r\n`;
}

function readOf(token: string): string {
  return `GET /api/users/me HTTP/1.1\r\n${from()}Authorization: Bearer ${token}\r\n\r\n`;
}

function postOf(path: string, body: string): string {
  return `POST ${path} HTTP/1.1\r\n${from()}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

async function signedIn(port: number, gateway: FakeGateway): Promise<string[]> {
  const client = new ApiClient([port]);
  const tokens = [];
  for (let reader = 0; reader < readers; reader += 1) {
    const number = uniqueNumber();
    await client.requestCode(number);
    tokens.push((await client.verify(number, (await gateway.waitForCode(number)) ?? '')).data.token as string);
  }
  client.close();
  return tokens;
}

if (process.send) {
  const gateway = await FakeGateway.open();
  let tokens: string[] | undefined;
  process.on('message', async ({ port, offer }: { port: number; offer: Offer }) => {
    tokens ??= await signedIn(port, gateway);
    process.send!(await new Load(gateway, port, tokens).offer(offer));
  });
  process.send(gateway.env);
}
