import { type ClientRequest, Agent as HttpAgent, type IncomingMessage, request as plainRequest } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import { errorCode } from '../kit/caught.ts';
import type { Sent } from './provider.ts';

/** A request to a provider. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The response, its body cut at 64 KiB; or the error instead. */
export type HttpResponse =
  | { readonly ok: true; readonly status: number; readonly headers: IncomingMessage['headers']; readonly body: string }
  | (Sent & { readonly ok: false });

/** No provider needs more for one message. */
const maxBodyBytes = 65_536;
/** Nothing has been sent before the connection is established, so the next provider can still be tried. */
const connectTimeoutMs = 2500;
/** Some gateways refuse requests without a user agent (RFC 9110 section 10.1.5). */
const userAgent = 'Vouch';
/**
 * Shorter than servers keep an idle connection (Node.js: 5 s); otherwise a message could go out on one that is being
 * closed.
 */
const keepAlive = { keepAlive: true, timeout: 4000, maxSockets: 256, scheduling: 'lifo' as const };
const agents = { 'http:': new HttpAgent(keepAlive), 'https:': new TlsAgent(keepAlive) };

/**
 * Makes an HTTP request. No redirect is followed, no more than 64 KiB is read, and it ends when `signal` aborts. An
 * error before the request could have arrived is `unavailable`, any later one `unknown`. Never throws.
 */
export function callHttp({ method, url, headers, body }: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
  if (signal.aborted) return Promise.resolve(notSent('the sending was cut off before it began'));
  return new Promise((resolve) => {
    const secure = url.startsWith('https:');
    const bytes = body === undefined ? undefined : Buffer.from(body);
    let request: ClientRequest;
    try {
      request = openRequest({ method, url, ...(headers && { headers }) }, bytes?.length);
    } catch (error) {
      return resolve(notSent(describeError(error)));
    }
    let onWire = false;
    const end = (response: HttpResponse) => {
      clearTimeout(timeout);
      signal.removeEventListener('abort', abort);
      resolve(response);
      if (!request.destroyed && !request.writableFinished) request.destroy();
    };
    const fail = (reason: string) => {
      end(onWire ? { ok: false, error: 'unknown', reason } : notSent(reason));
      request.destroy();
    };
    const abort = () => fail('no answer in time');
    const timeout = setTimeout(() => onWire || fail('no connection in time'), connectTimeoutMs);
    signal.addEventListener('abort', abort, { once: true });
    request.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? 'the connection failed'));
    request.on('socket', (socket) => {
      // data written to an established connection may have arrived
      const connectionStands = () => {
        onWire = true;
        request.end(bytes);
      };
      if (!socket.connecting) connectionStands();
      else socket.once(secure ? 'secureConnect' : 'connect', connectionStands);
    });
    request.on('response', (response) => void readBody(response).then(end, (error) => fail(describeError(error))));
  });
}

/** Opens a request, which sends nothing before its end; throws for a URL or a header that HTTP cannot carry. */
function openRequest({ method, url, headers }: HttpRequest, length: number | undefined): ClientRequest {
  const secure = url.startsWith('https:');
  return (secure ? tlsRequest : plainRequest)(url, {
    method,
    agent: agents[secure ? 'https:' : 'http:'],
    headers: { ...withUserAgent(headers), ...(length !== undefined && { 'content-length': String(length) }) },
  });
}

/** The headers with our user agent, unless they have one in any case. */
function withUserAgent(headers: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const hasUserAgent = Object.keys(headers).some((name) => name.toLowerCase() === 'user-agent');
  return hasUserAgent ? headers : { 'user-agent': userAgent, ...headers };
}

/** Posts JSON. */
export function postJson(
  url: string,
  value: object,
  signal: AbortSignal,
  headers: Readonly<Record<string, string>>,
): Promise<HttpResponse> {
  const type = { 'content-type': 'application/json' };
  return callHttp({ method: 'POST', url, headers: { ...headers, ...type }, body: JSON.stringify(value) }, signal);
}

/** Posts a form. */
export function postForm(
  url: string,
  form: Readonly<Record<string, string>>,
  signal: AbortSignal,
  headers: Readonly<Record<string, string>> = {},
): Promise<HttpResponse> {
  const type = { 'content-type': 'application/x-www-form-urlencoded' };
  const body = new URLSearchParams(form).toString();
  return callHttp({ method: 'POST', url, headers: { ...headers, ...type }, body }, signal);
}

async function readBody(response: IncomingMessage): Promise<HttpResponse> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length < maxBodyBytes) continue;
    response.destroy();
    break;
  }
  const body = Buffer.concat(chunks).subarray(0, maxBodyBytes).toString();
  return { ok: true, status: response.statusCode ?? 0, headers: response.headers, body };
}

function notSent(reason: string): Sent & { readonly ok: false } {
  return { ok: false, error: 'unavailable', reason };
}

function describeError(error: unknown): string {
  return errorCode(error) || 'the answer broke off';
}

/** The body as JSON; undefined if it is invalid, as after a broken connection. */
export function parseJson(body: string): unknown {
  // a 204 is common, and an exception costs more than all else here
  if (body === '') return undefined;
  try {
    return JSON.parse(body.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}

/**
 * The class of an HTTP status, unless the provider's documentation says more. A 2xx was for the caller to parse; 429 is
 * throttled; 401, 402 and 403 are our provider account, 404 and 405 our settings, other 4xx this message. A 408, a 5xx or a
 * redirect means that the message was not accepted, except 502 and 504, after which a gateway may have passed it on.
 */
export function errorForStatus(status: number): Sent & { readonly ok: false } {
  const reason = `HTTP ${status}`;
  if (status === 429) return { ok: false, error: 'throttled', reason };
  if ([401, 402, 403, 404, 405].includes(status)) return { ok: false, error: 'refused', reason };
  if (status === 502 || status === 504) return { ok: false, error: 'unknown', reason };
  if (status >= 400 && status < 500 && status !== 408) return { ok: false, error: 'rejected', reason };
  return { ok: false, error: 'unavailable', reason };
}

/** The same for an error code that is in no table: a 403 is about the number then, as anybody may have caused it. */
export function errorForCode(code: string | number, status: number): Sent & { readonly ok: false } {
  const sent = errorForStatus(status);
  return status === 403 && code !== '' ? { ...sent, about: 'number' } : sent;
}
