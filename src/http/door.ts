import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { Admission, type Bounds, type Kind } from './admission.ts';
import { Connections } from './connections.ts';
import type { Refusals } from './overload.ts';

/** How long in ms, and how much in bytes, a client may take; SECURITY.md gives the reason of each. */
export const patience = {
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  connectionsCheckingInterval: 1000,
  keepAliveTimeout: 72_000,
  maxHeaderSize: 16 * 1024,
};
/** A client that has neither said nor taken a byte for so long is gone. */
const silenceMs = 30_000;
/** The longest that work goes on for a client that has left. */
const abandonedMs = 10_000;
/** How long a client that is still speaking when all is said may take to hear it. */
const lingerMs = 250;
const probesAtOnce = 32;

/** What the door has to know of what lies behind it. */
export interface DoorNeeds {
  /** Addresses of the calls that end a sign-in. */
  readonly finishing: readonly string[];
  readonly bounds?: Bounds | undefined;
}

/**
 * Where every request comes in: what we have no time for is refused here, before anything is done for it. A request is
 * being worked on from its last byte until its answer begins, so neither slow speakers nor slow readers take up room.
 */
export class Door {
  readonly admission: Admission;
  readonly connections = new Connections();
  /** What answers those who are refused; until it is set nobody is. */
  refusals: Refusals | undefined;
  /** Told of what the listener threw; answers that request. */
  failed: ((error: unknown, request: IncomingMessage, response: ServerResponse) => void) | undefined;
  readonly #finishing: ReadonlySet<string>;
  #probes = 0;

  constructor({ finishing, bounds }: DoorNeeds) {
    this.admission = new Admission(bounds);
    this.#finishing = new Set(finishing.map(bare));
  }

  /** A server of Node.js before whose listener this door stands. */
  serverFor(listener: RequestListener): Server {
    const options = { ...patience, requireHostHeader: false };
    const server = createServer(options, (request, response) => this.#meet(request, response, listener));
    server.setTimeout(silenceMs);
    server.on('connection', (socket) => this.connections.opened(socket));
    // left to itself Node.js answers the one without a body
    server.on('checkExpectation', (request, response) => server.emit('request', request, response));
    return server;
  }

  /** The answer begins: what remains is the client's to read. */
  answers(response: ServerResponse): void {
    (response as Worked)[workedOn]?.over();
  }

  #meet(request: IncomingMessage, response: ServerResponse, listener: RequestListener): void {
    closeWhereTooLong(request, response);
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

  /** What the listener throws would reach the process, and end every other request with it. */
  #pass(request: IncomingMessage, response: ServerResponse, listener: RequestListener): void {
    try {
      listener(request, response);
    } catch (error) {
      this.failed?.(error, request, response);
      if (!response.writableEnded) response.destroy();
    }
  }

  /** Balancers hear the truth when there is too much to do as well, for one that is not heard is taken for dead. */
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

/** One request, as far as it takes up room. */
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

  /** The connection is done with it. Where the client left early, what it asked for is still being done. */
  leave(answered: boolean): void {
    if (answered || this.#state === 'comes') this.over();
    else setTimeout(() => this.over(), abandonedMs).unref();
  }
}

/** A body that is longer than any that we read is not read to its end, so nothing can follow it. */
function closeWhereTooLong(request: IncomingMessage, response: ServerResponse): void {
  if (!hasBody(request)) return;
  if (Number(request.headers['content-length']) > patience.maxHeaderSize) response.shouldKeepAlive = false;
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

/** An address without what a query or a slash adds. */
function bare(url: string): string {
  const end = url.indexOf('?');
  const path = end === -1 ? url : url.slice(0, end);
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}
