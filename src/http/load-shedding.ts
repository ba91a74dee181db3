import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { Admission, type Bounds, type Kind } from './concurrency-limit.ts';
import { Connections } from './connections.ts';
import type { Refusals } from './overload-response.ts';

/** Timeouts in ms and limits in bytes for a client; SECURITY.md gives the reason of each. */
export const patience = {
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
const probesAtOnce = 32;

/** The options of the load shedder. */
export interface DoorNeeds {
  /** The paths of requests that end a sign-in. */
  readonly finishing: readonly string[];
  readonly bounds?: Bounds | undefined;
}

/**
 * The entrance of all requests: those above the concurrency limit are refused here, before anything is done for them. A
 * request counts from its last byte until its response starts, so slow senders and slow readers take no room.
 */
export class Door {
  readonly admission: Admission;
  readonly connections = new Connections();
  /** The responder for refused requests; until it is set, no request is refused. */
  refusals: Refusals | undefined;
  /** Called with the error of a listener that threw; answers the request. */
  failed: ((error: unknown, request: IncomingMessage, response: ServerResponse) => void) | undefined;
  readonly #finishing: ReadonlySet<string>;
  #probes = 0;

  constructor({ finishing, bounds }: DoorNeeds) {
    this.admission = new Admission(bounds);
    this.#finishing = new Set(finishing.map(bare));
  }

  /** Creates a Node.js server with this load shedder before its listener. */
  serverFor(listener: RequestListener): Server {
    const options = { ...patience, requireHostHeader: false };
    const server = createServer(options, (request, response) => this.#meet(request, response, listener));
    server.setTimeout(silenceMs);
    server.on('connection', (socket) => this.connections.opened(socket));
    // by default Node.js answers it without a body
    server.on('checkExpectation', (request, response) => server.emit('request', request, response));
    return server;
  }

  /** The response starts: only the client's reading remains. */
  answers(response: ServerResponse): void {
    (response as Worked)[workedOn]?.over();
  }

  #meet(request: IncomingMessage, response: ServerResponse, listener: RequestListener): void {
    closeWhereEndless(request, response);
    const address = bare(request.url ?? '/');
    if (address === '/livez' || address === '/readyz') return void this.#probe(request, response, listener);
    const kind: Kind = !response.socket ? 'behind' : this.#finishing.has(address) ? 'finishing' : 'ordinary';
    if (this.refusals && !this.admission.admits(kind, performance.now()))
      return void this.refusals.send(request, response);
    const work = new Work(this, kind, request);
    (response as Worked)[workedOn] = work;
    if (hasBody(request)) request.once('end', () => work.begin());
    else work.begin();
    response.once('close', () => work.leave(response.writableFinished));
    this.#pass(request, response, listener);
  }

  /** Catches an exception of the listener, which would otherwise end the process with every other request. */
  #pass(request: IncomingMessage, response: ServerResponse, listener: RequestListener): void {
    try {
      listener(request, response);
    } catch (error) {
      this.failed?.(error, request, response);
      if (!response.writableEnded) response.destroy();
    }
  }

  /** Answers health checks under overload too, for a load balancer takes a silent process for dead. */
  #probe(request: IncomingMessage, response: ServerResponse, listener: RequestListener): void {
    if (this.refusals && this.#probes >= probesAtOnce) return void this.refusals.send(request, response);
    this.#probes += 1;
    response.once('close', () => {
      this.#probes -= 1;
    });
    this.#pass(request, response, listener);
  }
}

const workedOn = Symbol('the work on what it answers');

interface Worked extends ServerResponse {
  [workedOn]?: Work;
}

/** A request in progress, as the concurrency limit counts it. */
class Work {
  readonly #door: Door;
  readonly #kind: Kind;
  readonly #request: IncomingMessage;
  #state: 'comes' | 'goes on' | 'is over' = 'comes';
  #since = 0;

  constructor(door: Door, kind: Kind, request: IncomingMessage) {
    this.#door = door;
    this.#kind = kind;
    this.#request = request;
  }

  begin(): void {
    if (this.#state !== 'comes') return;
    this.#state = 'goes on';
    this.#since = performance.now();
    this.#door.admission.begin(this.#kind);
    this.#door.connections.working(this.#request.socket);
  }

  over(): void {
    if (this.#state === 'goes on') {
      this.#door.admission.end(this.#kind, this.#since, performance.now());
      this.#door.connections.waiting(this.#request.socket);
    }
    this.#state = 'is over';
  }

  /** The connection has closed. If the client left early, its request is still being processed. */
  leave(answered: boolean): void {
    if (answered || this.#state === 'comes') this.over();
    else setTimeout(() => this.over(), abandonedMs).unref();
  }
}

/**
 * A body above the maximum is not read to its end, and a body whose last transfer coding is not `chunked` has no end
 * (RFC 9112, 6.3): the connection cannot be used again.
 */
function closeWhereEndless(request: IncomingMessage, response: ServerResponse): void {
  if (!hasBody(request)) return;
  const { 'content-length': length, 'transfer-encoding': coding = 'chunked' } = request.headers;
  if (Number(length) > patience.maxHeaderSize || !/(?:^|[\t ,])chunked$/i.test(coding))
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
function bare(url: string): string {
  const end = url.indexOf('?');
  const path = end === -1 ? url : url.slice(0, end);
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}
