import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { after } from 'node:test';
import type { Sql } from 'postgres';
import { newInviteCodes } from '../../src/invites/invite.ts';
import { formatToken, hashSecret, newSecret } from '../../src/sessions/session.ts';
import { insertingAccounts } from './accounts.ts';
import { nodeArguments } from './child-script.ts';
import { openTestDatabase } from './create-database.ts';
import { anyNumber, openApp, type TestApp, testKey, withToken } from './harness.ts';
import { findInviteTreeViolations } from './invite-tree.ts';

/** What a process answered. */
// biome-ignore lint/suspicious/noExplicitAny: a test looks into a body as its client would
export type Answered = { status: number; headers: Headers; data: any };

/** A person who signed in, as their client knows them. */
export interface Person {
  readonly phone: string;
  readonly token: string;
  /** Their own invite code. */
  readonly code: string;
}

/** A server of the product as its clients use it. */
export abstract class AppClient {
  abstract call(method: string, path: string, body?: unknown, token?: string, more?: object): Promise<Answered>;

  /** The codes that it sent to a number, newest first. */
  abstract codes(phone: string): Promise<string[]>;

  /** Sets its clock so many seconds ahead of the database. */
  abstract turn(seconds: number): Promise<void>;

  abstract stop(): Promise<void>;

  /** Asks for a code and reads it. */
  async ask(phone: string, more: object = {}): Promise<string> {
    const asked = await this.call('POST', '/api/request-sms/', { phone_number: phone }, undefined, more);
    assert.equal(asked.status, 201, JSON.stringify(asked.data));
    return (await this.codes(phone))[0]!;
  }

  verify(phone: string, code: string, more: object = {}): Promise<Answered> {
    return this.call('POST', '/api/verify-sms/', { phone_number: phone, sms_code: code }, undefined, more);
  }

  /** A person unknown so far, signed up. */
  async signUp(phone = anyNumber()): Promise<Person> {
    const verified = await this.verify(phone, await this.ask(phone));
    assert.equal(verified.status, 201, JSON.stringify(verified.data));
    const { token } = verified.data;
    const { data } = await this.call('GET', '/api/users/me', undefined, token);
    return { phone, token, code: data.referal_code };
  }

  redeem(person: Person, code: string): Promise<Answered> {
    return this.call('PATCH', '/api/users/me/invite_code', { invite_code: code }, person.token);
  }

  erase(person: Person): Promise<Answered> {
    return this.call('DELETE', '/api/users/me', undefined, person.token);
  }
}

/** The product in this process: it starts nothing, and shares its connections with the other apps over its database. */
export class LocalApp extends AppClient {
  readonly #app: TestApp;

  private constructor(app: TestApp) {
    super();
    this.#app = app;
  }

  static async open(databaseUrl: string): Promise<LocalApp> {
    const concurrencyBounds = { min: 10_000, max: 10_000, initial: 10_000 };
    return new LocalApp(await openApp({ databaseUrl, networkMessagesPerHour: 100_000, concurrencyBounds }));
  }

  async call(method: string, path: string, body?: unknown, token?: string, more: object = {}): Promise<Answered> {
    const headers = { ...(token === undefined ? {} : withToken(token)), ...more };
    const { statusCode: status, headers: received, data } = await this.#app.call(method, path, body, headers);
    const lines = Object.entries(received).flatMap(([name, value]) => [value].flat().map((one) => [name, String(one)]));
    return { status, headers: new Headers(lines as [string, string][]), data };
  }

  async codes(phone: string): Promise<string[]> {
    return this.#app.sent.flatMap(({ to, code }) => (to === phone ? [code] : [])).reverse();
  }

  async turn(seconds: number): Promise<void> {
    this.#app.clock.aheadMs = seconds * 1000;
  }

  async stop(): Promise<void> {}
}

/** The product in another process, reached over HTTP. */
export class AppProcess extends AppClient {
  readonly #child: ChildProcess;
  readonly #port: number;

  readonly #errors: () => string;

  private constructor(child: ChildProcess, port: number, errors: () => string) {
    super();
    this.#errors = errors;
    this.#child = child;
    this.#port = port;
  }

  /** Starts one; it is stopped after the tests of the file. */
  static async start(databaseUrl: string, env: Record<string, string> = {}): Promise<AppProcess> {
    const child = spawn(process.execPath, nodeArguments('test/support/app-process.ts'), {
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
      env: { PATH: process.env.PATH, DATABASE_URL: databaseUrl, SECRET_KEY: testKey, ...env },
    });
    let errors = '';
    child.stderr?.setEncoding('utf8').on('data', (text) => {
      errors += text;
      process.stderr.write(text);
    });
    const [{ port }] = await once(child, 'message');
    const started = new AppProcess(child, port, () => errors);
    after(() => started.stop());
    return started;
  }

  /** What it has said on its error output, where its log goes: errors alone. */
  get errors(): string {
    return this.#errors();
  }

  /** Whether the process that was started still runs. */
  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async call(method: string, path: string, body?: unknown, token?: string, more: object = {}): Promise<Answered> {
    const answer = await fetch(`${this.url}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Token ${token}` }),
        ...more,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, data: text.startsWith('{') ? JSON.parse(text) : text };
  }

  async codes(phone: string): Promise<string[]> {
    const { data } = await this.call('GET', `/dev/inbox.json?phone=${encodeURIComponent(phone)}`);
    return data.messages.map(({ code }: { code: string }) => code);
  }

  async turn(seconds: number): Promise<void> {
    this.#child.send({ aheadMs: seconds * 1000 });
    await once(this.#child, 'message');
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGTERM');
    await once(this.#child, 'exit');
  }
}

/** So many people who have signed up, put into the tables at once: for tests of what they do, not of how they came. */
export async function insertPeople(sql: Sql, count: number): Promise<Person[]> {
  const people = Array.from({ length: count }, () => {
    const [id, secret] = [randomUUID(), newSecret()];
    return {
      person: { phone: anyNumber(), token: formatToken(id, secret), code: newInviteCodes()[0]! },
      id,
      hash: hashSecret(secret).toString('hex'),
    };
  });
  const rows = JSON.stringify(people.map(({ person: { phone, code }, id, hash }) => ({ id, phone, code, hash })));
  const given = `json_to_recordset('${rows}'::json) as j (id uuid, phone text, code text, hash text)`;
  await sql.unsafe(
    `${insertingAccounts(`select id, phone as phone_number, code, now() as created_at from ${given}`)};
    insert into session (account_id, secret_hash, id, created_at, last_used_at, expires_at, device, address)
      select id, decode(hash, 'hex'), gen_random_uuid(), now(), now(), now() + interval '1 year', '', '127.0.0.1'
      from ${given}`,
  );
  return people.map(({ person }) => person);
}

/** A second way into the database, to see what is true. */
export async function connectDatabase(databaseUrl: string): Promise<Sql> {
  const { sql, close } = openTestDatabase(databaseUrl, 2);
  after(close);
  return sql;
}

/**
 * Fails where the invites are no forest, where somebody's count is not the number of those who redeemed their code, or
 * where a place without an account is still open.
 */
export async function assertInviteTree(sql: Sql): Promise<void> {
  assert.deepEqual(await findInviteTreeViolations(sql), []);
}
