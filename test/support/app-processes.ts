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
import { anyNumber, testKey } from './harness.ts';
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

/** The product in another process, reached over HTTP. */
export class AppProcess {
  readonly #child: ChildProcess;
  readonly #port: number;

  readonly #errors: () => string;

  private constructor(child: ChildProcess, port: number, errors: () => string) {
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

  /** The codes that this process sent to a number, newest first. */
  async codes(phone: string): Promise<string[]> {
    const { data } = await this.call('GET', `/dev/inbox.json?phone=${encodeURIComponent(phone)}`);
    return data.messages.map(({ code }: { code: string }) => code);
  }

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

  /** Sets its clock so many seconds ahead of the database. */
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
