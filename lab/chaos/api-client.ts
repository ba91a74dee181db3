import { Agent, request } from 'node:http';

/** How one call ended. */
export interface ApiResponse {
  /** 0 where no answer came: refused, reset, or cut off. */
  readonly status: number;
  readonly ms: number;
  readonly retryAfter: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: a client looks into a body as it likes
  readonly data: any;
}

/** A call that ended, and when. */
export interface RecordedCall extends ApiResponse {
  readonly kind: string;
  readonly at: number;
}

const patienceMs = 20_000;

/** A client of one or several instances of the product, each call by the next, over connections that are kept. */
export class ApiClient {
  readonly #ports: readonly number[];
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 256 });
  readonly #hear: (told: RecordedCall) => void;
  #next = 0;

  /** `hear` is told of each call when it has ended. */
  constructor(ports: readonly number[], hear: (told: RecordedCall) => void = () => {}) {
    this.#ports = ports;
    this.#hear = hear;
  }

  /** One call; never throws. A body is JSON, except under a page's path, where it is a form. */
  call(kind: string, method: string, path: string, body?: object, more: object = {}): Promise<ApiResponse> {
    const port = this.#ports[this.#next++ % this.#ports.length]!;
    const text = body && (path.startsWith('/api/') ? JSON.stringify(body) : String(new URLSearchParams({ ...body })));
    const headers = {
      ...(text ? { 'content-type': path.startsWith('/api/') ? 'application/json' : form } : {}),
      ...(text ? { 'content-length': Buffer.byteLength(text) } : {}),
      ...more,
    };
    const begun = performance.now();
    return new Promise((resolve) => {
      const end = (status: number, retryAfter?: string, data?: unknown) => {
        const answer = { status, ms: performance.now() - begun, retryAfter, data };
        this.#hear({ kind, at: Date.now(), ...answer });
        resolve(answer);
      };
      const sent = request({ host: '127.0.0.1', port, method, path, headers, agent: this.#agent }, (answer) => {
        let got = '';
        answer.setEncoding('utf8');
        answer.on('data', (chunk) => {
          got += chunk;
        });
        answer.on('end', () => end(answer.statusCode!, answer.headers['retry-after'], parsed(got)));
        answer.on('error', () => end(0));
      });
      sent.setTimeout(patienceMs, () => sent.destroy(new Error('no answer')));
      sent.on('error', () => end(0));
      sent.end(text);
    });
  }

  requestCode(number: string): Promise<ApiResponse> {
    return this.call('request-sms', 'POST', '/api/request-sms/', { phone_number: number });
  }

  /** Enters a code, with the token of its challenge where another address asked for it. */
  verify(number: string, code: string, challenge?: string): Promise<ApiResponse> {
    const body = { phone_number: number, sms_code: code, ...(challenge === undefined ? {} : { challenge }) };
    return this.call('verify-sms', 'POST', '/api/verify-sms/', body);
  }

  profile(token: string): Promise<ApiResponse> {
    return this.call('profile', 'GET', '/api/users/me', undefined, bearer(token));
  }

  edit(token: string, firstName: string): Promise<ApiResponse> {
    return this.call('edit', 'PATCH', '/api/users/me', { first_name: firstName }, bearer(token));
  }

  redeem(token: string, code: string): Promise<ApiResponse> {
    return this.call('redeem', 'PATCH', '/api/users/me/invite_code', { invite_code: code }, bearer(token));
  }

  invited(token: string): Promise<ApiResponse> {
    return this.call('invited', 'GET', '/api/users/me/invited', undefined, bearer(token));
  }

  sessions(token: string): Promise<ApiResponse> {
    return this.call('sessions', 'GET', '/api/users/me/sessions', undefined, bearer(token));
  }

  logOut(token: string): Promise<ApiResponse> {
    return this.call('logout', 'POST', '/api/auth/token/logout/', undefined, bearer(token));
  }

  erase(token: string): Promise<ApiResponse> {
    return this.call('erase', 'DELETE', '/api/users/me', undefined, bearer(token));
  }

  close(): void {
    this.#agent.destroy();
  }
}

let people = 0;

/** A number that nobody in this run had before. */
export function uniqueNumber(): string {
  people += 1;
  return `+7916${String(people).padStart(7, '0')}`;
}

const form = 'application/x-www-form-urlencoded';

function bearer(token: string): { authorization: string } {
  return { authorization: `Bearer ${token}` };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
