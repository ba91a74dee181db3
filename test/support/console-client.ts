import assert from 'node:assert/strict';
import type { Role } from '../../src/operators/act.ts';
import { type AppOptions, anyNumber, openApp, type TestApp } from './harness.ts';
import { HtmlClient, type HtmlResponse } from './html-client.ts';

/** An app with a console at `/console/`. */
export function openConsoleApp(options: AppOptions = {}): Promise<TestApp> {
  return openApp({ console: { path: '/console', isAlone: false, settings: [] }, ...options });
}

/** Makes a number the operator of a role, in the database alone; returns its account. */
export async function addOperator(app: TestApp, phoneNumber: string, role: Role): Promise<string> {
  const token = await app.signIn(phoneNumber);
  const me = await app.call('GET', '/api/users/me', undefined, { authorization: `Token ${token}` });
  await app.sql`insert into operator (key, account_id, role, added_by, added_at)
    values ('operators', ${me.data.id}, ${role}, 'a test', now())`;
  return me.data.id;
}

/** A browser of an operator without JavaScript. */
export class ConsoleClient extends HtmlClient {
  readonly app: TestApp;
  readonly base: string;
  phoneNumber = '';
  account = '';

  constructor(app: TestApp, base = '/console') {
    super(app, { 'accept-language': 'en' });
    this.app = app;
    this.base = base;
  }

  /** Signs in at the console by a code. */
  async enter(phoneNumber: string): Promise<HtmlResponse> {
    this.phoneNumber = phoneNumber;
    const asked = await this.post(`${this.base}/sign-in/`, { phone_number: phoneNumber });
    assert.equal(asked.location, `${this.base}/sign-in/code/`, asked.html);
    return this.post(`${this.base}/sign-in/code/`, { sms_code: this.app.codeFor(phoneNumber) });
  }

  /** Sends a form with a file, as a browser does (RFC 7578). */
  async upload(url: string, { file, ...fields }: Record<string, string>): Promise<HtmlResponse> {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    if (file !== undefined) form.set('file', new File([file], 'people.ndjson'));
    const encoded = new Response(form);
    return this.send('POST', url, Buffer.from(await encoded.arrayBuffer()), {
      'content-type': encoded.headers.get('content-type') ?? '',
      'sec-fetch-site': 'same-origin',
    });
  }

  /** Enters a fresh code where a page asks for one, and returns the page after the act. */
  async confirm(page: HtmlResponse): Promise<HtmlResponse> {
    this.app.clock.turn(121);
    const sent = await this.submit(page, `${this.base}/fresh/`);
    assert.equal(sent.status, 200, sent.html);
    const next = await this.submit(sent, `${this.base}/fresh/code/`, { sms_code: this.app.codeFor(this.phoneNumber) });
    assert.equal(next.status, 200, next.html);
    const [, action = ''] =
      /<form method="post" action="([^"]*)">(?:<input type="hidden"|<button class="button danger")/.exec(next.html) ??
      [];
    return this.submit(next, action);
  }
}

/** Ten minutes and more go by since the last code of each operator. */
export async function goStale({ sql }: Pick<TestApp, 'sql'>): Promise<void> {
  await sql`update operator_session set fresh_until = created_at`;
}

/** A browser in which an operator of a role is signed in. */
export async function signedInOperator(app: TestApp, role: Role, base = '/console'): Promise<ConsoleClient> {
  const client = new ConsoleClient(app, base);
  const number = anyNumber();
  client.account = await addOperator(app, number, role);
  app.clock.turn(61);
  const entered = await client.enter(number);
  assert.equal(entered.location, `${base}/`, entered.html);
  return client;
}
