import { Agent, request } from 'node:http';

const connections = 32;

/** What a load brought. */
export interface Measured {
  /** Whole works a second. */
  readonly rate: number;
  /** Milliseconds that half of the works, and 99 of 100, took at most. */
  readonly median: number;
  readonly p99: number;
  /** Whole works in all. */
  readonly works: number;
  /** Milliseconds of processor time a work, where they were measured. */
  readonly costs?: { readonly application: number; readonly postgres: number; readonly load: number };
}

/** An answer: its JSON, or its text where it is none. */
export interface ClientResponse {
  // biome-ignore lint/suspicious/noExplicitAny: a client looks into a body as it likes
  readonly data: any;
  readonly cookies: readonly string[];
}

/** Sends one request over a connection that is kept. */
export type Send = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<ClientResponse>;

/** A client of the server on a port of this machine; throws at any answer but 200 and 201. */
export function createClient(port: number): Send {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  return (method, path, body, more = {}) =>
    new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const headers = {
        ...(text === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
        ...more,
      };
      const sent = request({ host: '127.0.0.1', port, method, path, agent, headers }, (answer) => {
        let got = '';
        answer.setEncoding('utf8');
        answer.on('data', (chunk) => {
          got += chunk;
        });
        answer.on('end', () => {
          if (answer.statusCode === 200 || answer.statusCode === 201)
            resolve({ data: parsed(got), cookies: answer.headers['set-cookie'] ?? [] });
          else reject(new Error(`${method} ${path}: ${answer.statusCode} ${got}`));
        });
      });
      sent.on('error', reject);
      sent.end(text);
    });
}

function parsed(text: string): unknown {
  return text.startsWith('{') ? JSON.parse(text) : text;
}

/** Does a work again and again on all connections for so many seconds, or so often where that comes first. */
export async function load(seconds: number, work: () => Promise<void>, atMost = 1e9): Promise<Measured> {
  const times: number[] = [];
  const begun = performance.now();
  const end = begun + seconds * 1000;
  let begunWorks = 0;
  const one = async () => {
    while (performance.now() < end && begunWorks++ < atMost) {
      const start = performance.now();
      await work();
      times.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: connections }, one));
  const elapsed = (performance.now() - begun) / 1000;
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return { rate: times.length / elapsed, median: at(0.5), p99: at(0.99), works: times.length };
}
