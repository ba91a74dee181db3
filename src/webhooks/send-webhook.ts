import { lookup } from 'node:dns/promises';
import { type IncomingMessage, request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { isIP } from 'node:net';
import { errorCode } from '../kit/caught.ts';
import type { IpNetwork } from '../limits/ip-network.ts';
import { parseRetryAfter } from './retry.ts';
import { isAllowedTarget } from './target-address.ts';

/** A request to the endpoint of a webhook. */
export interface WebhookRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The outcome of an attempt; `error` is a text of ours. */
export interface WebhookOutcome {
  readonly status: number | null;
  readonly error: string | null;
  /** The seconds that the receiver asks for. */
  readonly retryAfter?: number | undefined;
}

/** Resolves the addresses of a host. */
export type Resolve = (host: string) => Promise<readonly string[]>;

const timeoutMs = 15_000;
/** A longer response is not read to its end. */
const maxResponseBytes = 16_384;

/**
 * Posts an event. The host is resolved once, and the connection goes to an address that was checked: a second answer of
 * the name server cannot lead it into a private network. No redirect is followed. Never throws.
 */
export async function sendWebhook(
  request: WebhookRequest,
  allowed: readonly IpNetwork[],
  resolve: Resolve = resolveHost,
): Promise<WebhookOutcome> {
  try {
    const url = new URL(request.url);
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
    const addresses = isIP(host) ? [host] : await withTimeout(resolve(host));
    const [address] = addresses;
    if (address === undefined) return { status: null, error: 'the host has no address' };
    if (!addresses.every((one) => isAllowedTarget(one, allowed)))
      return { status: null, error: 'the host is in a private network' };
    if (url.protocol !== 'https:' && !allowed.some(() => isAllowedTarget(address, allowed)))
      return { status: null, error: 'https is needed' };
    return outcomeOf(await post(url, address, request));
  } catch (error) {
    return { status: null, error: describe(error) };
  }
}

async function resolveHost(host: string): Promise<string[]> {
  return (await lookup(host, { all: true, verbatim: true })).map(({ address }) => address);
}

function withTimeout<T>(work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no answer in time')), timeoutMs);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function post(url: URL, address: string, { headers, body }: WebhookRequest): Promise<IncomingMessage> {
  const bytes = Buffer.from(body);
  return new Promise((resolve, reject) => {
    const family = isIP(address);
    const request = (url.protocol === 'https:' ? tlsRequest : plainRequest)(url, {
      method: 'POST',
      agent: false,
      signal: AbortSignal.timeout(timeoutMs),
      lookup: (_host, options, done) => (options.all ? done(null, [{ address, family }]) : done(null, address, family)),
      headers: {
        'content-type': 'application/json',
        ...headers,
        'content-length': bytes.length,
        'user-agent': 'Vouch-Webhooks/1',
      },
    });
    request.on('error', reject);
    request.on('response', (response) => {
      readBounded(response).then(() => resolve(response), reject);
    });
    request.end(bytes);
  });
}

/** Reads a response up to a bound, and throws its body away. */
async function readBounded(response: IncomingMessage): Promise<void> {
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxResponseBytes) break;
  }
  response.destroy();
}

function outcomeOf({ statusCode: status = 0, headers }: IncomingMessage): WebhookOutcome {
  if (status >= 200 && status < 300) return { status, error: null };
  const error = status >= 300 && status < 400 ? 'a redirect, which is not followed' : `HTTP ${status}`;
  return { status, error, retryAfter: parseRetryAfter(headers['retry-after'], new Date()) };
}

function describe(error: unknown): string {
  if (error instanceof Error && /^(AbortError|TimeoutError)$/.test(error.name)) return 'no answer in time';
  return errorCode(error) || 'the connection failed';
}
