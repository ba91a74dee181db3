import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { type Bounds, ConcurrencyLimit, type Priority } from './concurrency-limit.ts';
import { Connections } from './connections.ts';
import type { OverloadResponder } from './overload-response.ts';
import { peekBody } from './peek-body.ts';

/** Timeouts in ms and maximum sizes in bytes for a client; SECURITY.md gives their reasons. */
export const timeouts = {
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  connectionsCheckingInterval: 1000,
  keepAliveTimeout: 72_000,
  maxHeaderSize: 16 * 1024,
};
/** A client that has neither sent nor received a byte for this time is gone. */
const silenceMs = 30_000;
/** The maximum time for which work goes on after the client has left. */
const abandonedMs = 10_000;
/** The time to read the response for a client that is still sending when the response is complete. */
const lingerMs = 250;
const maxProbes = 32;

/** The options of the load shedder. */
export interface LoadShedderOptions {
  /** The paths of requests that end a sign-in. */
  readonly highPriority: readonly string[];
  /** The paths of which the form tells whether the request ends a sign-in. */
  readonly highPriorityForms?: ReadonlyMap<string, (form: string) => boolean>;
  readonly bounds?: Bounds | undefined;
}

/**
 * The entrance of all requests: those above the concurrency limit are refused here, before anything is done for them. A
 * request counts from its last byte until its response starts, so slow senders and slow readers do not count.
 */
export class LoadShedder {
  readonly limit: ConcurrencyLimit;
  readonly connections = new Connections();
  /** The responder for refused requests; until it is set, no request is refused. */
  responder: OverloadResponder | undefined;
  /** Called with the error of a listener that threw; answers the request. */
  onError: ((error: unknown, request: IncomingMessage, response: ServerResponse) => void) | undefined;
  readonly #highPriority: ReadonlySet<string>;
  readonly #highPriorityForms: ReadonlyMap<string, (form: string) => boolean>;
  #probes = 0;

  constructor({ highPriority, highPriorityForms = new Map(), bounds }: LoadShedderOptions) {
    this.limit = new ConcurrencyLimit(bounds);
    this.#highPriority = new Set(highPriority.map(pathOf));
    this.#highPriorityForms = highPriorityForms;
  }

  /** Creates a Node.js server with this load shedder before its listener. */
  serverFor(listener: RequestListener): Server {
    const options = { ...timeouts, requireHostHeader: false };
    const server = createServer(options, (request, response) => this.#handle(request, response, listener));
    server.setTimeout(silenceMs);
    server.on('connection', (socket) => this.connections.opened(socket));
    // by default Node.js answers it without a body
    server.on('checkExpectation', (request, response) => server.emit('request', request, response));
    return server;
  }

  /** The response has started; only the client has to read it. */
  responseStarted(response: ServerResponse): void {
    inFlight.get(response)?.finish();
  }

  #handle(request: IncomingMessage, response: ServerResponse, listener: RequestListener): void {
    closeAfterUnreadBody(request, response);
    const path = pathOf(request.url ?? '/');
    if (path === '/livez' || path === '/readyz') return void this.#probe(request, response, listener);
    const priority: Priority = !response.socket ? 'pipelined' : this.#highPriority.has(path) ? 'high' : 'normal';
    const accept = (as: Priority) => this.#accept(as, request, response, listener);
    const { responder } = this;
    if (!responder || this.limit.admits(priority, performance.now())) return void accept(priority);
    const isHigh = priority === 'normal' ? this.#highPriorityForms.get(path) : undefined;
    if (!isHigh) return void responder.send(request, response);
    peekBody(request, (form) => {
      if (form !== undefined && isHigh(form) && this.limit.admits('high', performance.now())) accept('high');
      else responder.send(request, response);
    });
  }

  #accept(priority: Priority, request: IncomingMessage, response: ServerResponse, listener: RequestListener): void {
    const inFlightRequest = new InFlightRequest(this, priority, request);
    inFlight.set(response, inFlightRequest);
    if (hasBody(request)) request.once('end', () => inFlightRequest.begin());
    else inFlightRequest.begin();
    response.once('close', () => inFlightRequest.closed(response.writableFinished));
    this.#runListener(request, response, listener);
  }

  /** Catches an exception of the listener, which would otherwise end the process with every other request. */
  #runListener(request: IncomingMessage, response: ServerResponse, listener: RequestListener): void {
    try {
      listener(request, response);
    } catch (error) {
      this.onError?.(error, request, response);
      if (!response.writableEnded) response.destroy();
    }
  }

  /** Answers health checks under overload too, since a load balancer takes a silent process for dead. */
  #probe(request: IncomingMessage, response: ServerResponse, listener: RequestListener): void {
    if (this.responder && this.#probes >= maxProbes) return void this.responder.send(request, response);
    this.#probes += 1;
    response.once('close', () => {
      this.#probes -= 1;
    });
    this.#runListener(request, response, listener);
  }
}

/** The request in progress of each response. */
const inFlight = new WeakMap<ServerResponse, InFlightRequest>();

/** A request in progress, as the concurrency limit counts it. */
class InFlightRequest {
  readonly #shedder: LoadShedder;
  readonly #priority: Priority;
  readonly #request: IncomingMessage;
  #state: 'receiving' | 'active' | 'done' = 'receiving';
  #since = 0;

  constructor(door: LoadShedder, kind: Priority, request: IncomingMessage) {
    this.#shedder = door;
    this.#priority = kind;
    this.#request = request;
  }

  begin(): void {
    if (this.#state !== 'receiving') return;
    this.#state = 'active';
    this.#since = performance.now();
    this.#shedder.limit.begin(this.#priority);
    this.#shedder.connections.working(this.#request.socket);
  }

  finish(): void {
    if (this.#state === 'active') {
      this.#shedder.limit.end(this.#priority, this.#since, performance.now());
      this.#shedder.connections.waiting(this.#request.socket);
    }
    this.#state = 'done';
  }

  /** The connection has closed. If the client left early, its request is still being processed. */
  closed(answered: boolean): void {
    if (answered || this.#state === 'receiving') this.finish();
    else setTimeout(() => this.finish(), abandonedMs).unref();
  }
}

/**
 * A body above the maximum is not read to its end, and a body whose last transfer coding is not `chunked` has no end
 * (RFC 9112, 6.3): the connection cannot be used again.
 */
function closeAfterUnreadBody(request: IncomingMessage, response: ServerResponse): void {
  if (!hasBody(request)) return;
  const { 'content-length': length, 'transfer-encoding': coding = 'chunked' } = request.headers;
  if (Number(length) > timeouts.maxHeaderSize || !/(?:^|[\t ,])chunked$/i.test(coding))
    response.shouldKeepAlive = false;
  response.once('finish', () => {
    if (request.complete) return;
    const { socket } = request;
    socket.pause();
    setTimeout(() => request.complete || socket.destroy(), lingerMs).unref();
  });
}

/** Whether a request announces a body. */
export function hasBody({ headers }: IncomingMessage): boolean {
  const length = headers['content-length'];
  return headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

/** The path without its query and its final slash. */
function pathOf(url: string): string {
  const queryAt = url.indexOf('?');
  const path = queryAt === -1 ? url : url.slice(0, queryAt);
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}
