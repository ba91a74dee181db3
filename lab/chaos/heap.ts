import { randomBytes } from 'node:crypto';
import { get } from 'node:http';
import { connect, type Socket } from 'node:net';

/**
 * The heap in MiB of a Node.js process after a collection, asked of its inspector (`--inspect=127.0.0.1:port`);
 * undefined where it does not answer in time. The collection stops the process for some tens of milliseconds.
 */
export async function heapAfterCollection(port: number): Promise<number | undefined> {
  const socket = await opened(port).catch(() => undefined);
  if (!socket) return undefined;
  try {
    await ask(socket, 1, 'HeapProfiler.collectGarbage');
    const { usedSize } = (await ask(socket, 2, 'Runtime.getHeapUsage')) as { usedSize: number };
    return usedSize / 2 ** 20;
  } catch {
    return undefined;
  } finally {
    socket.destroy();
  }
}

async function opened(port: number): Promise<Socket> {
  const [target] = (await json(port, '/json/list')) as { webSocketDebuggerUrl: string }[];
  const { pathname } = new URL(target!.webSocketDebuggerUrl);
  const socket = connect(port, '127.0.0.1');
  socket.setTimeout(10_000, () => socket.destroy(new Error('the inspector does not answer')));
  socket.write(
    `GET ${pathname} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
  );
  await received(socket, (bytes) => (bytes.includes('\r\n\r\n') ? true : undefined));
  return socket;
}

function json(port: number, path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const asked = get({ host: '127.0.0.1', port, path, timeout: 5000 }, (answer) => {
      let text = '';
      answer.on('data', (chunk) => {
        text += chunk;
      });
      answer.on('end', () => resolve(JSON.parse(text)));
    });
    asked.on('timeout', () => asked.destroy(new Error('no answer')));
    asked.on('error', reject);
  });
}

/** One call of the protocol over one frame each way (RFC 6455, 5.2): both are short. */
function ask(socket: Socket, id: number, method: string): Promise<unknown> {
  const text = Buffer.from(JSON.stringify({ id, method }));
  socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), text]));
  return received(socket, (bytes) => {
    const found = new RegExp(`\\{"id":${id},"result":(\\{.*?\\})\\}`).exec(bytes.toString('latin1'));
    return found ? JSON.parse(found[1]!) : undefined;
  });
}

function received<T>(socket: Socket, read: (bytes: Buffer) => T | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0);
    const take = (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      const found = read(bytes);
      if (found === undefined) return;
      socket.off('data', take);
      resolve(found);
    };
    socket.on('data', take);
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the inspector hung up')));
  });
}
