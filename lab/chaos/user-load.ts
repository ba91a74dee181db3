import { Agent, request } from 'node:http';
import type { FakeGateway } from './fake-gateway.ts';

/** One call, as the person who made it saw it; status 0 where no answer came. */
export interface Call {
  readonly kind: string;
  readonly at: number;
  readonly ms: number;
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly said: string;
}

/** Somebody who signed in, and all that was acknowledged to them; `perhaps` is what was asked for without an answer. */
export interface User {
  readonly phoneNumber: string;
  token: string;
  code: string;
  device: string | undefined;
  name: string;
  readonly namesPerhaps: string[];
  redeemed: string | undefined;
  readonly codesPerhaps: string[];
  erased: 'no' | 'perhaps' | 'yes';
  askedAt: number;
  busy: boolean;
}

/** People who use the product at a rate that does not heed how it fares. */
export class UserLoad {
  readonly calls: Call[] = [];
  readonly all: User[] = [];
  /** Tokens whose end was acknowledged. */
  readonly ended: string[] = [];
  /** Works that were not begun, as too many were under way. */
  passedOver = 0;
  readonly #ports: () => readonly number[];
  readonly #gateway: FakeGateway;
  // given up long before the product does: a call that meets it closing an idle connection says nothing of it
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 512, timeout: 2000 });
  readonly #underWay = new Set<Promise<unknown>>();
  #turn = 0;
  #number = Math.floor(Math.random() * 9e6);

  constructor(ports: () => readonly number[], gateway: FakeGateway) {
    this.#ports = ports;
    this.#gateway = gateway;
  }

  /** Does works at a rate until `stop` says so, and waits for those under way. */
  async run(perSecond: number, stop: AbortSignal): Promise<void> {
    const begun = performance.now();
    for (let done = 0; !stop.aborted; ) {
      const due = Math.floor(((performance.now() - begun) / 1000) * perSecond);
      for (; done < due; done += 1) {
        if (this.#underWay.size > 400) this.passedOver += 1;
        else this.#start(this.#work());
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await Promise.all(this.#underWay);
  }

  /** Ends idle connections. */
  close(): void {
    this.#agent.destroy();
  }

  #start(work: Promise<unknown>): void {
    const tracked: Promise<unknown> = work.finally(() => this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
  }

  async #work(): Promise<void> {
    const dice = Math.random();
    if (dice < 0.2 || this.all.length < 20) return void (await this.signUp());
    const person = this.#anyone();
    if (!person) return void (await this.call('page', 'GET', '/'));
    person.busy = true;
    try {
      if (dice < 0.6) await this.call('profile', 'GET', '/api/users/me', { token: person.token });
      else if (dice < 0.72) await this.edit(person);
      else if (dice < 0.8) await this.redeem(person);
      else if (dice < 0.84) await this.#signInAgain(person);
      else if (dice < 0.88) await this.#logout(person);
      else if (dice < 0.9) await this.erase(person);
      else if (dice < 0.95) await this.call('sessions', 'GET', '/api/users/me/sessions', { token: person.token });
      else await this.call('page', 'GET', '/');
    } finally {
      person.busy = false;
    }
  }

  #anyone(): User | undefined {
    for (let tries = 0; tries < 20; tries += 1) {
      // the newest of them, who are many enough to have been away for minutes
      const first = Math.max(0, this.all.length - 5000);
      const person = this.all[first + Math.floor(Math.random() * (this.all.length - first))]!;
      if (!person.busy && person.erased === 'no' && person.token) return person;
    }
    return undefined;
  }

  /** A person unknown so far asks for a code and enters it; undefined where that was not acknowledged. */
  async signUp(): Promise<User | undefined> {
    this.#number += 1;
    const phoneNumber = `+7916${String(this.#number % 1e7).padStart(7, '0')}`;
    const challenge = await this.#ask(phoneNumber, undefined);
    if (!challenge) return undefined;
    const verified = await this.#enter(phoneNumber, challenge, undefined);
    if (verified.status !== 201) return undefined;
    const person: User = {
      phoneNumber,
      token: verified.body.token as string,
      code: '',
      device: verified.device,
      name: '',
      namesPerhaps: [],
      redeemed: undefined,
      codesPerhaps: [],
      erased: 'no',
      askedAt: performance.now(),
      busy: true,
    };
    const seen = await this.call('profile', 'GET', '/api/users/me', { token: person.token });
    person.code = (seen.body.referal_code as string) ?? '';
    person.busy = false;
    this.all.push(person);
    return person;
  }

  /** Asks for a code: the token of its challenge, since each call comes from another address. */
  async #ask(phoneNumber: string, device: string | undefined): Promise<string | undefined> {
    const more = device ? { 'device-token': device } : {};
    const asked = await this.call('ask', 'POST', '/api/request-sms/', { body: { phone_number: phoneNumber }, more });
    return asked.status === 201 ? (asked.body.challenge as string) : undefined;
  }

  async #enter(phoneNumber: string, challenge: string, device: string | undefined): Promise<Answered> {
    const code = await this.#gateway.waitForCode(phoneNumber, 0, 5000);
    this.#gateway.forget(phoneNumber);
    if (!code) return { status: 0, body: {}, device: undefined };
    const more = device ? { 'device-token': device } : {};
    return this.call('enter', 'POST', '/api/verify-sms/', {
      body: { phone_number: phoneNumber, sms_code: code, challenge },
      more,
    });
  }

  async #signInAgain(person: User): Promise<void> {
    if (performance.now() - person.askedAt < 125_000) return void (await this.call('page', 'GET', '/'));
    person.askedAt = performance.now();
    const challenge = await this.#ask(person.phoneNumber, person.device);
    if (!challenge) return;
    const verified = await this.#enter(person.phoneNumber, challenge, person.device);
    if (verified.status !== 201) return;
    person.token = verified.body.token as string;
    person.device = verified.device;
  }

  /** Changes their first name to one never used before. */
  async edit(person: User): Promise<void> {
    const name = `N${Math.random().toString(36).slice(2)}`;
    person.namesPerhaps.push(name);
    const body = { first_name: name };
    const { status } = await this.call('edit', 'PATCH', '/api/users/me', { body, token: person.token });
    if (status !== 200) return;
    person.name = name;
    person.namesPerhaps.length = 0;
  }

  /** Redeems somebody's code, where none was redeemed yet. */
  async redeem(person: User): Promise<void> {
    const other = this.#anyone();
    if (!other?.code || person.redeemed || other === person) return;
    person.codesPerhaps.push(other.code);
    const body = { invite_code: other.code };
    const { status } = await this.call('redeem', 'PATCH', '/api/users/me/invite_code', { body, token: person.token });
    if (status === 200) person.redeemed = other.code;
  }

  /** Erases the account. */
  async erase(person: User): Promise<void> {
    person.erased = 'perhaps';
    const { status } = await this.call('erase', 'DELETE', '/api/users/me', { token: person.token });
    if (status === 204) person.erased = 'yes';
  }

  async #logout(person: User): Promise<void> {
    const { token } = person;
    person.token = '';
    const { status } = await this.call('logout', 'POST', '/api/auth/token/logout/', { token });
    if (status === 204) this.ended.push(token);
  }

  /** One call by any of the processes in turn, from an address that changes; recorded. */
  call(
    kind: string,
    method: string,
    path: string,
    { body, token, more = {} }: { body?: unknown; token?: string; more?: Record<string, string> } = {},
  ): Promise<Answered> {
    const ports = this.#ports();
    this.#turn += 1;
    const port = ports[this.#turn % ports.length]!;
    const text = body === undefined ? undefined : JSON.stringify(body);
    const begun = performance.now();
    const octet = () => Math.floor(Math.random() * 256);
    const headers = {
      'x-forwarded-for': `10.${octet()}.${octet()}.${octet()}`,
      ...(text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
      ...(token ? { authorization: `Token ${token}` } : {}),
      ...more,
    };
    return new Promise((resolve) => {
      let got = '';
      let isOver = false;
      const end = (status: number, retryAfter?: string, device?: string) => {
        if (isOver) return;
        isOver = true;
        const said = status >= 500 || status === 0 ? got.slice(0, 300) : '';
        this.calls.push({ kind, at: begun, ms: performance.now() - begun, status, retryAfter, said });
        resolve({ status, device, body: got.startsWith('{') ? JSON.parse(got) : {} });
      };
      const sent = request({ host: '127.0.0.1', port, method, path, agent: this.#agent, headers, timeout: 30_000 });
      sent.on('response', (answer) => {
        answer.setEncoding('utf8');
        answer.on('data', (chunk) => {
          got += chunk;
        });
        const device = answer.headers['device-token'] as string | undefined;
        answer.on('end', () => end(answer.statusCode ?? 0, answer.headers['retry-after'], device));
        answer.on('error', () => end(0));
      });
      sent.on('timeout', () => sent.destroy(new Error('no answer in 30 s')));
      sent.on('error', (fault) => {
        got = fault.message;
        end(0);
      });
      sent.end(text);
    });
  }
}

interface Answered {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: the body of an answer, as a client would look into it
  readonly body: Record<string, any>;
  readonly device: string | undefined;
}
