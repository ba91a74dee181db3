import { hostileBodies, hostileTypes, hostileValues } from './hostile-values.ts';

/** One request as it goes over the socket. */
export interface RawRequest {
  readonly bytes: Buffer;
  readonly method: string;
  /** Why no answer has to come, where none has to. */
  readonly unanswerable: 'body cut short' | 'head too long' | undefined;
}

/** What a client that has signed in can show, so that more than refusals is reached. */
export interface Credentials {
  readonly token: string;
  readonly inviteCode: string;
}

const texts = hostileValues.map((value) => (typeof value === 'string' ? value : JSON.stringify(value)));
const methods =
  'GET GET GET GET POST POST POST POST PATCH PUT DELETE HEAD OPTIONS TRACE CONNECT PROPFIND M-SEARCH QUERY BREW get';
const everyPath = [
  '/',
  '/api/request-sms/',
  '/api/verify-sms/',
  '/api/auth/token/logout/',
  '/api/users/me',
  '/api/users/me/invite_code',
  '/api/users/me/invited',
  '/api/users/me/sessions',
  '/api/users/',
  '/confirm/',
  '/confirm/resend',
  '/account/',
  '/success/',
  '/account/profile',
  '/account/invite_code',
  '/logout/',
  '/language/',
  '/account/delete/',
  '/sessions/end-others',
  '/sessions/x/end',
  '/problems/overloaded',
  '/problems/',
  '/i/BCDFGH',
  '/i/',
  '/dev/inbox',
  '/dev/inbox.json',
  '/assets/app.css',
  '/assets/',
  '/redoc/',
  '/openapi.json',
  '/livez',
  '/readyz',
  '/metrics',
  '/sms/smsc/status',
  '/callbacks/twilio',
  '*',
  'http://127.0.0.1/api/users/me',
  'example.com:443',
];
const pathMarks = [
  '%zz',
  '%',
  '%00',
  '%2e%2e',
  '%c3%28',
  '%ff',
  '//',
  '/../',
  '\\',
  ';a=b',
  '\u00e9',
  '\xff',
  '|',
  '"',
  '<',
  ' ',
];
const fieldNames =
  'phone_number region_code sms_code invite_code username first_name last_name email language back cursor done x __proto__';
const headerNames = [
  'Accept',
  'Accept-Language',
  'Accept-Encoding',
  'Accept-Version',
  'Authorization',
  'Cookie',
  'Origin',
  'Referer',
  'Sec-Fetch-Site',
  'User-Agent',
  'Device-Token',
  'X-Forwarded-For',
  'X-Forwarded-Host',
  'X-Forwarded-Proto',
  'Forwarded',
  'Connection',
  'Upgrade',
  'Expect',
  'Range',
  'If-None-Match',
  'If-Modified-Since',
  'Content-Encoding',
  'Transfer-Encoding',
  'Content-Type',
  'Host',
  'TE',
  'Trailer',
  'Idempotency-Key',
  '__proto__',
  'constructor',
  'X-Request-Id',
];
const headerValues = [
  'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8',
  'application/problem+json',
  'en-GB,en;q=0.9,ru;q=0.1',
  'en_US',
  ';;;,,q=',
  '*',
  'null',
  'same-origin',
  'cross-site',
  'http://evil.example',
  'close',
  'upgrade',
  'websocket',
  'h2c',
  '100-continue',
  'bytes=0-,5-1,-0',
  'bytes=99999999999999999999-',
  '"x", W/"y", *',
  'Thu, 01 Jan 1970 00:00:00 GMT',
  'gzip, br;q=0',
  'chunked',
  'gzip, chunked',
  '127.0.0.1, ::1, unknown, _x:y',
  'Token x',
  'Bearer',
  'Basic Og==',
  'vouch-session=x; vouch-pending=+79161234567.6.1.1.0; vouch-language=en; vouch-invite=%; vouch-device==',
  '__Host-session=x; =; ;; a; language=en; language=%zz',
];

/** What hostile requests are made of. */
export interface Source {
  /** Two runs with one seed send the same. */
  readonly seed: number;
  /** What most of them ask for, or ask for with something added. */
  readonly paths?: readonly string[];
  /** How many of them come with the headers of a browser, from 0 to 1. */
  readonly asBrowser?: number;
}

/** Requests that nobody means well. */
export class HostileRequests {
  readonly #random: () => number;
  readonly #paths: readonly string[];
  readonly #asBrowser: number;

  constructor({ seed, paths = everyPath, asBrowser = 0.5 }: Source) {
    this.#random = mulberry32(seed);
    this.#paths = paths;
    this.#asBrowser = asBrowser;
  }

  next({ token, inviteCode }: Credentials): RawRequest {
    const method = this.#one(methods.split(' '));
    const path = this.#path();
    const body = this.#body(inviteCode, this.#often(0.9) ? path.includes('/api/') : this.#often(0.5));
    const headers: [string, string][] = [['Host', this.#often(0.95) ? '127.0.0.1' : this.#text()]];
    if (this.#often(this.#asBrowser)) headers.push(...browser);
    if (this.#often(0.5)) headers.push(['Sec-Fetch-Site', 'same-origin']);
    // that which ends the account or the session is asked for without a right to it
    const isMine = method !== 'DELETE' && this.#often(0.4);
    if (isMine)
      headers.push(this.#often(0.5) ? ['Authorization', `Token ${token}`] : ['Cookie', `vouch-session=${token}`]);
    for (let more = this.#upTo(4); more > 0; more -= 1) headers.push([this.#one(headerNames), this.#headerValue()]);
    const hasBody = body !== undefined && (method !== 'GET' || this.#often(0.1));
    const isChunked = hasBody && this.#often(0.1);
    const isCut = hasBody && this.#often(0.01);
    if (hasBody) {
      if (this.#often(0.9)) headers.push(['Content-Type', body.type]);
      else headers.push(['Content-Type', this.#one(hostileTypes)]);
      if (isChunked) headers.push(['Transfer-Encoding', 'chunked']);
      else headers.push(['Content-Length', String(body.bytes.length + (isCut ? 10 : 0))]);
    } else if (method !== 'GET') headers.push(['Content-Length', '0']);
    const version = this.#often(0.98) ? 'HTTP/1.1' : this.#one(['HTTP/1.0', 'HTTP/2.0', 'HTTP/9.9', 'http/1.1', '']);
    const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    const head = Buffer.from(`${method} ${path} ${version}\r\n${lines}\r\n`, this.#often(0.5) ? 'latin1' : 'utf8');
    const parts = hasBody ? (isChunked ? chunks(body.bytes, isCut) : [body.bytes]) : [];
    const unanswerable = isCut ? 'body cut short' : head.length > 16_000 ? 'head too long' : undefined;
    return { bytes: Buffer.concat([head, ...parts]), method, unanswerable };
  }

  #path(): string {
    let path = this.#one(this.#paths);
    if (this.#often(0.2))
      path += this.#often(0.5) ? this.#one(pathMarks) : encodeURIComponent(this.#text().toWellFormed());
    if (this.#often(0.05)) path = this.#one(pathMarks) + path;
    if (this.#often(0.02)) path += 'x'.repeat(this.#upTo(300));
    if (this.#often(0.2)) path += `?${this.#form()}`;
    return path;
  }

  #body(inviteCode: string, isJson: boolean): { type: string; bytes: Buffer } | undefined {
    const kind = this.#upTo(10);
    if (kind === 0) return undefined;
    if (!isJson) return { type: 'application/x-www-form-urlencoded', bytes: Buffer.from(this.#form()) };
    if (kind === 1) return { type: 'application/json', bytes: Buffer.from(this.#one(hostileBodies)) };
    const fields = this.#fields().map((name) => [
      name,
      this.#often(0.6) ? this.#one(hostileValues) : valid(name, inviteCode),
    ]);
    return { type: 'application/json', bytes: Buffer.from(JSON.stringify(Object.fromEntries(fields))) };
  }

  #form(): string {
    return this.#fields()
      .map(
        (name) =>
          `${name}=${this.#often(0.9) ? encodeURIComponent(this.#text().toWellFormed()) : this.#one(pathMarks)}`,
      )
      .join('&');
  }

  #fields(): string[] {
    return Array.from({ length: this.#upTo(5) }, () => this.#one(fieldNames.split(' ')));
  }

  #headerValue(): string {
    if (this.#often(0.6)) return this.#one(headerValues);
    // Node.js itself refuses a head with control characters
    return this.#often(0.9) ? this.#text().replace(/[^ -~]/g, '?') : this.#text();
  }

  /** Without the ends of lines, which would make it another request; those have tests of their own. */
  #text(): string {
    return this.#one(texts)
      .replace(/[\r\n]/g, ' ')
      .slice(0, this.#often(0.98) ? 200 : 12_000);
  }

  #one<T>(of: readonly T[]): T {
    return of[this.#upTo(of.length)]!;
  }

  /** A whole number from 0, below the limit. */
  #upTo(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #often(share: number): boolean {
    return this.#random() < share;
  }
}

const browser: [string, string][] = [
  ['User-Agent', 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0'],
  ['Accept', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'],
  ['Accept-Language', 'en-GB,en;q=0.7,ru;q=0.3'],
  ['Accept-Encoding', 'gzip, deflate, br, zstd'],
  ['Connection', 'keep-alive'],
  ['Upgrade-Insecure-Requests', '1'],
];

function valid(name: string, inviteCode: string): unknown {
  const known: Record<string, unknown> = {
    phone_number: `+7916${String(Math.floor(performance.now() * 1000) % 1e7).padStart(7, '0')}`,
    sms_code: '123456',
    invite_code: inviteCode,
    language: 'en',
  };
  return known[name] ?? 'Anna';
}

function chunks(bytes: Buffer, isCut: boolean): Buffer[] {
  const size = Buffer.from(`${bytes.length.toString(16)}\r\n`);
  if (bytes.length === 0) return [Buffer.from('0\r\n\r\n')];
  return [size, bytes, Buffer.from(isCut ? '\r\n' : '\r\n0\r\n\r\n')];
}

/** A small generator of pseudo-random numbers from 0 to 1, by a seed. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
