import { once } from 'node:events';
import { connect } from 'node:net';

/** What came back over a socket: status 0 where nothing that is HTTP did. */
export interface RawAnswer {
  readonly statusCode: number;
  readonly headers: Record<string, string | undefined>;
  readonly body: string;
}

/** Says something to a port of the loopback as it is, and resolves with the first answer when it is whole. */
export async function sendRaw(port: number, said: string | Buffer): Promise<RawAnswer> {
  const socket = connect(port, '127.0.0.1');
  socket.setEncoding('utf8').setTimeout(10_000, () => socket.destroy(new Error('no answer within 10 s')));
  let heard = '';
  socket.on('data', (text) => {
    heard = (heard + text).replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, '');
    if (isWhole(heard, String(said).startsWith('HEAD '))) socket.destroy();
  });
  // whoever refuses early may close while we still speak
  socket.on('error', (fault: NodeJS.ErrnoException) => {
    if (!['EPIPE', 'ECONNRESET'].includes(fault.code ?? '')) heard ||= `HTTP/1.1 0 ${fault.message}\r\n\r\n`;
  });
  socket.write(said);
  await once(socket, 'close');
  const [head = '', ...body] = heard.split('\r\n\r\n');
  const [line = '', ...headers] = head.split('\r\n');
  return {
    statusCode: Number(line.split(' ')[1] ?? 0),
    headers: Object.fromEntries(headers.map((one) => [one.split(': ')[0]!.toLowerCase(), one.split(': ')[1]])),
    body: body.join('\r\n\r\n'),
  };
}

/** Says something and hangs up at once, with a reset. */
export async function sendAndReset(port: number, said: string): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  await new Promise((written) => socket.write(said, written));
  socket.resetAndDestroy();
  await once(socket, 'close');
}

function isWhole(heard: string, isHead: boolean): boolean {
  const [head = '', body] = heard.split('\r\n\r\n');
  if (isHead) return body !== undefined;
  const length = /content-length: (\d+)/i.exec(head)?.[1];
  return body !== undefined && length !== undefined && Buffer.byteLength(body) >= Number(length);
}
