import { connect, type Socket } from 'node:net';
import { type Command, WebDriverError } from './webdriver.ts';

type Waiting = { resolve(value: unknown): void; reject(fault: WebDriverError): void };

/**
 * The commands of WebDriver as Firefox itself takes them: by Marionette, over a socket, each message with its length in
 * bytes before it (`[0, id, name, parameters]`, and back `[1, id, error, value]`). So no geckodriver is needed, which
 * does nothing but translate.
 */
export async function overMarionette(port: number, capabilities: object): Promise<Command> {
  const socket = connect(port, '127.0.0.1');
  const waiting = new Map<number, Waiting>();
  const greeted = new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    eachMessage(socket, (message) => {
      if (!Array.isArray(message)) return resolve();
      const [, id, error, value] = message;
      const { resolve: told, reject: refused } = waiting.get(id)!;
      waiting.delete(id);
      if (error) refused(new WebDriverError(error));
      else told(value && 'value' in value ? value.value : value);
    });
  });
  socket.on('close', () => {
    for (const { reject } of waiting.values())
      reject(new WebDriverError({ error: 'no session', message: 'Firefox has ended' }));
  });
  await greeted;
  let last = 0;
  const tell = (name: string, parameters: object = {}) =>
    new Promise<unknown>((resolve, reject) => {
      last += 1;
      waiting.set(last, { resolve, reject });
      const message = JSON.stringify([0, last, name, parameters]);
      socket.write(`${Buffer.byteLength(message)}:${message}`);
    });
  await tell('WebDriver:NewSession', capabilities);
  return (name, parameters) => tell(`WebDriver:${name}`, parameters);
}

function eachMessage(socket: Socket, take: (message: unknown) => void): void {
  let heard = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    heard = Buffer.concat([heard, chunk]);
    for (;;) {
      const colon = heard.indexOf(':');
      const end = colon + 1 + Number(heard.subarray(0, colon).toString());
      if (colon === -1 || heard.length < end) return;
      take(JSON.parse(heard.subarray(colon + 1, end).toString()));
      heard = heard.subarray(end);
    }
  });
}
