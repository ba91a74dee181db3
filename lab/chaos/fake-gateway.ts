import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A message as the sender got it. */
export interface GatewayMessage {
  readonly to: string;
  readonly code: string;
  /** When its last byte had come, in ms since 1970. */
  readonly at: number;
}

/** The company's own sender: takes every message, and keeps it. */
export class FakeGateway {
  readonly #server: Server;
  readonly #sent = new Map<string, GatewayMessage[]>();
  readonly #waiting = new Map<string, (code: string) => void>();

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(): Promise<FakeGateway> {
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      request.on('error', () => {});
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => {
        gateway.#take(JSON.parse(Buffer.concat(chunks).toString()) as { to: string; text: string });
        response.writeHead(204).end();
      });
    });
    const gateway = new FakeGateway(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return gateway;
  }

  /** The variable that leads the product here. */
  get env(): { SMS_HTTP_URL: string } {
    return { SMS_HTTP_URL: `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/send` };
  }

  /** What a number got so far, oldest first. */
  messagesTo(number: string): readonly GatewayMessage[] {
    return this.#sent.get(number) ?? [];
  }

  /** The newest code of a number, as soon as one more than `known` messages came; undefined after `patienceMs`. */
  async waitForCode(number: string, known = 0, patienceMs = 2000): Promise<string | undefined> {
    const got = this.messagesTo(number);
    if (got.length > known) return got.at(-1)!.code;
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(undefined), patienceMs);
      this.#waiting.set(number, (code) => {
        clearTimeout(timer);
        resolve(code);
      });
    });
  }

  /** Forgets a number, so that a long run does not grow. */
  forget(number: string): void {
    this.#sent.delete(number);
    this.#waiting.delete(number);
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #take({ to, text }: { to: string; text: string }): void {
    const code = /#(\d+)$/.exec(text)?.[1] ?? '';
    const sent = { to, code, at: performance.timeOrigin + performance.now() };
    const got = this.#sent.get(to);
    if (got) got.push(sent);
    else this.#sent.set(to, [sent]);
    this.#waiting.get(to)?.(code);
    this.#waiting.delete(to);
  }
}
