import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { random } from '../kit/random.ts';
import { languageOf } from './language.ts';
import { generalProblems } from './messages.ts';
import type { RequestHead, Server } from './server.ts';

const statusByCode: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};
/** A client that does not close its side in turn is disconnected after this time. */
const closeMs = 1000;

/** Answers requests that are not even HTTP, and CONNECT, in the form of all other errors, directly on the socket. */
export function refuseBrokenRequests(server: Server): void {
  // Node.js would close without a response, and removes its own error listener from the socket first
  server.server.on('connect', (request, socket) => {
    socket.on('error', () => socket.destroy());
    refuse(socket, 400, { headers: request.headers, server });
  });
}

/** Handles a request that Node.js could not parse, or that took too long to arrive. Fastify calls it. */
export function refuseUnreadable(
  error: Error & { code?: string },
  socket: Duplex,
  server: RequestHead['server'],
): void {
  if (!socket.writable || error.code === 'ECONNRESET' || hasStartedResponse(socket)) return void socket.destroy();
  refuse(socket, statusByCode[error.code ?? ''] ?? 400, { headers: {}, server });
}

/** Whether a response has started, of which a client would take a second head for a part. */
function hasStartedResponse(socket: Duplex & { _httpMessage?: { headersSent: boolean } | null }): boolean {
  return socket._httpMessage?.headersSent === true;
}

/** Answers 500 if the framework itself threw, and logs the error. Only this request is lost. */
export function sendInternalError(
  error: unknown,
  response: ServerResponse,
  head: RequestHead & { server: Pick<Server, 'log'> },
): void {
  const body = problemBody('internal_error', 500, head);
  head.server.log.error({ reqId: body.instance, err: error }, 'request failed outside every handler');
  if (response.headersSent) return;
  const text = JSON.stringify(body);
  response.writeHead(500, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

function refuse(socket: Duplex, status: number, head: RequestHead): void {
  const body = JSON.stringify(problemBody('bad_request', status, head));
  setTimeout(() => socket.destroy(), closeMs).unref();
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/json; charset=utf-8\r\nCache-Control: no-store\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

function problemBody(code: 'bad_request' | 'internal_error', status: number, head: RequestHead) {
  const language = languageOf(head);
  const { title, explanation } = generalProblems[code];
  return {
    type: `${head.server.publicUrl}/problems/${code}`,
    title: title[language],
    status,
    detail: explanation[language],
    code,
    instance: random.id(),
  };
}
