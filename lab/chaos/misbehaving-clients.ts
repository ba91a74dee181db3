// A process of its own, told by a message which clients to be, how many, and of which port; it is ended by its parent.
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** What each kind of hostile client does with a new connection. */
const kinds = {
  'slow heads': (socket) => {
    socket.write('GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ');
    everySecond(socket, 'x');
  },
  'slow bodies': (socket) => {
    socket.write(`${post}Content-Length: 100\r\n\r\n{`);
    everySecond(socket, ' ');
  },
  'slow readers': (socket) => {
    socket.pause();
    socket.write('GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(20));
  },
  'many headers': (socket) =>
    socket.write(`GET / HTTP/1.1\r\nHost: a\r\n${'X-Header: 1\r\n'.repeat(3000)}\r\n`, 'latin1'),
  'giant headers': (socket) => socket.write(`GET / HTTP/1.1\r\nHost: a\r\nX-Giant: ${'x'.repeat(100_000)}\r\n\r\n`),
  'giant bodies': (socket) => {
    socket.write(`${post}Content-Length: 1073741824\r\n\r\n`);
    const flood = () => {
      if (!socket.destroyed && socket.write(chunk)) setTimeout(flood, 20);
    };
    socket.on('drain', flood);
    flood();
  },
  idle: () => {},
  'newcomers in one moment': (socket) => socket.write('GET /livez HTTP/1.1\r\nHost: a\r\n\r\n'),
} satisfies Record<string, (socket: Socket) => unknown>;

/** A kind of client that others have to be served in spite of. */
export type ClientKind = keyof typeof kinds;

/** Which clients to be. */
export interface ClientGroup {
  readonly kind: ClientKind;
  readonly count: number;
  readonly port: number;
}

/** What became of them so far. */
export interface ClientOutcome {
  readonly opened: number;
  readonly open: number;
  readonly answered: number;
}

const post = 'POST /api/request-sms/ HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n';
const chunk = Buffer.alloc(64 * 1024, 0x20);
const fate = { opened: 0, open: 0, answered: 0 };

function everySecond(socket: Socket, text: string): void {
  const timer = setInterval(() => socket.write(text), 1000);
  socket.on('close', () => clearInterval(timer));
}

/** Whoever is hung up on comes again, after a moment. */
function come({ kind, port }: ClientGroup): void {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => {});
  socket.once('connect', () => {
    fate.opened += 1;
    fate.open += 1;
    socket.once('close', () => {
      fate.open -= 1;
      setTimeout(() => come({ kind, port, count: 1 }), 100);
    });
    kinds[kind](socket);
  });
  if (kind !== 'slow readers') socket.once('data', () => (fate.answered += 1)).resume();
}

if (process.send) {
  process.once('message', async (crowd: ClientGroup) => {
    const atOnce = crowd.kind === 'newcomers in one moment' ? crowd.count : 100;
    for (let came = 0; came < crowd.count; came += atOnce) {
      for (let one = 0; one < Math.min(atOnce, crowd.count - came); one += 1) come(crowd);
      await pause(20);
    }
    setInterval(() => process.send!(fate), 500);
  });
}
