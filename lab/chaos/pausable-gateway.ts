import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { GatewayRequest } from './delivery-audit.ts';

const holdsAtMostMs = 60;
const body = '{"to":"{to}","text":"{text}","id":"{id}"}';

/** A company's sender that keeps every request as it came, and holds each answer for a random 0 to 60 ms. */
export class PausableGateway {
  /** Every request that arrived whole, oldest first. */
  readonly took: GatewayRequest[] = [];
  readonly #server: Server;
  readonly #byNumber = new Map<string, GatewayRequest[]>();

  private constructor(server: Server) {
    this.#server = server;
  }

  /** `hear` is told, in the same breath, when a request of somebody's has arrived and when its answer has left. */
  static async open(hear: (what: 'arrived' | 'answered', by: string) => void): Promise<PausableGateway> {
    const server = createServer((request, response) => {
      const by = request.url!.slice(1);
      const chunks: Buffer[] = [];
      request.on('error', () => {});
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', async () => {
        gateway.#take(by, JSON.parse(Buffer.concat(chunks).toString()) as { id: string; to: string; text: string });
        hear('arrived', by);
        await pause(Math.random() * holdsAtMostMs);
        response.writeHead(204).end(() => hear('answered', by));
      });
    });
    const gateway = new PausableGateway(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return gateway;
  }

  /** The variables that lead a process of this name here. */
  env(by: string): { SMS_HTTP_URL: string; SMS_HTTP_BODY: string } {
    const { port } = this.#server.address() as AddressInfo;
    return { SMS_HTTP_URL: `http://127.0.0.1:${port}/${by}`, SMS_HTTP_BODY: body };
  }

  /** What a number got so far, oldest first. */
  requestsFor(number: string): readonly GatewayRequest[] {
    return this.#byNumber.get(number) ?? [];
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #take(by: string, { id, to, text }: { id: string; to: string; text: string }): void {
    const took = { id, number: to, by, code: /#(\d+)$/.exec(text)?.[1] ?? '' };
    this.took.push(took);
    this.#byNumber.set(to, [...this.requestsFor(to), took]);
  }
}
