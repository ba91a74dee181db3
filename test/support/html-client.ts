import assert from 'node:assert/strict';
import { withName } from '../../src/kit/token-prefix.ts';
import type { TestApp } from './harness.ts';

/** A page as a test reads it. */
export interface HtmlResponse {
  readonly status: number;
  readonly html: string;
  readonly headers: Record<string, unknown>;
  readonly location: string | undefined;
  /** `Set-Cookie` as it was sent. */
  readonly setCookies: string[];
}

/** A browser without JavaScript: it keeps cookies, sends forms, and follows nothing by itself. */
export class HtmlClient {
  readonly cookies = new Map<string, string>();
  /** Cookies of a path, which other paths do not get: by path and name. */
  readonly #pathCookies = new Map<string, Map<string, string>>();
  readonly #app: TestApp;
  readonly #headers: Record<string, string>;

  constructor(app: TestApp, headers: Record<string, string> = {}) {
    this.#app = app;
    this.#headers = { accept: 'text/html', ...headers };
  }

  get(url: string): Promise<HtmlResponse> {
    return this.send('GET', url);
  }

  post(url: string, form: Record<string, string> = {}, headers: Record<string, string> = {}): Promise<HtmlResponse> {
    const type = { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' };
    return this.send('POST', url, new URLSearchParams(form).toString(), { ...type, ...headers });
  }

  /** Sends a form of a page as a browser would: with its hidden fields, and the button that was pressed. */
  submit(page: HtmlResponse, action: string, fields: Record<string, string> = {}): Promise<HtmlResponse> {
    return this.post(action, { ...hiddenFields(page.html, action), ...fields });
  }

  /** Signs in by the pages. */
  async signIn(phoneNumber: string): Promise<void> {
    const asked = await this.post('/', { phone_number: phoneNumber });
    assert.equal(asked.location, '/confirm/', asked.html);
    const entered = await this.post('/confirm/', { sms_code: this.#app.codeFor(phoneNumber) });
    assert.equal(entered.location, '/account/', entered.html);
  }

  /** Sends a request with the cookies, and keeps those of the response. */
  async send(
    method: 'GET' | 'POST',
    url: string,
    payload?: string | Buffer,
    headers: Record<string, string> = {},
  ): Promise<HtmlResponse> {
    const ofPaths = [...this.#pathCookies].flatMap(([path, cookies]) => (url.startsWith(path) ? [...cookies] : []));
    const cookie = [...this.cookies, ...ofPaths].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await this.#app.server.inject({
      method,
      url,
      headers: { ...this.#headers, ...headers, ...(cookie ? { cookie } : {}) },
      ...(payload === undefined ? {} : { payload }),
    });
    const setCookies = [answer.headers['set-cookie'] ?? []].flat();
    for (const one of setCookies) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(one) ?? [];
      const path = /;\s*path=([^;]*)/i.exec(one)?.[1] ?? '/';
      const jar = path === '/' ? this.cookies : (this.#pathCookies.get(path) ?? new Map<string, string>());
      if (jar !== this.cookies) this.#pathCookies.set(path, jar);
      if (value === '') jar.delete(name);
      else jar.set(name, withName(value));
    }
    return {
      status: answer.statusCode,
      html: answer.body,
      headers: answer.headers,
      location: answer.headers.location as string | undefined,
      setCookies,
    };
  }
}

/** What the first form of a page for this action, or with a button for it, carries unseen. */
export function hiddenFields(html: string, action: string): Record<string, string> {
  const forms = [...html.matchAll(/<form([^>]*)>(.*?)<\/form>/gs)];
  const form = forms.find(([whole]) => whole.includes(`action="${action}"`));
  assert.ok(form, `the page has no form for ${action}`);
  const inputs = [...form[2]!.matchAll(/<input type="hidden" name="([^"]*)" value(?:="([^"]*)")?/g)];
  return Object.fromEntries(inputs.map(([, name, value]) => [name!, decoded(value ?? '')]));
}

const entities: Readonly<Record<string, string>> = { '&quot;': '"', '&lt;': '<', '&gt;': '>', '&amp;': '&' };

function decoded(html: string): string {
  return html.replace(/&(?:quot|lt|gt|amp);/g, (entity) => entities[entity] ?? entity);
}
