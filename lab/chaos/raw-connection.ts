import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** How a call ended on the wire; status 0 where the connection did. */
export interface RawResponse {
  readonly status: number;
  readonly retryAfter: boolean;
  readonly body: string;
}

/** One kept connection that sends bytes made beforehand, a call at a time: a client that costs next to nothing. */
export class RawConnection {
  readonly #port: number;
  #socket: Socket | undefined;
  #heard = '';
  #end: ((wired: RawResponse) => void) | undefined;

  constructor(port: number) {
    this.#port = port;
  }

  /** Sends a request, and tells how it ended; opens the connection where there is none. */
  send(bytes: string, end: (wired: RawResponse) => void): void {
    this.#end = end;
    this.#socket ??= this.#open();
    this.#socket.write(bytes, 'latin1');
  }

  /** Opens the connection beforehand: many that come in one moment would wait for the kernel, and not for the server. */
  async opened(): Promise<void> {
    this.#socket ??= this.#open();
    if (this.#socket.connecting) await once(this.#socket, 'connect');
  }

  close(): void {
    this.#socket?.destroy();
  }

  #open(): Socket {
    const socket = connect({ port: this.#port, host: '127.0.0.1', noDelay: true }).setEncoding('latin1');
    socket.on('data', (text: string) => this.#hear(text));
    socket.on('error', () => {});
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = undefined;
      this.#tell({ status: 0, retryAfter: false, body: '' });
    });
    return socket;
  }

  #hear(text: string): void {
    this.#heard += text;
    const head = this.#heard.indexOf('\r\n\r\n');
    if (head === -1) return;
    const isChunked = /\ntransfer-encoding: chunked/i.test(this.#heard.slice(0, head));
    const length = Number(/content-length: (\d+)/i.exec(this.#heard.slice(0, head))?.[1] ?? 0);
    if (isChunked ? !this.#heard.endsWith('\r\n0\r\n\r\n') : this.#heard.length < head + 4 + length) return;
    const status = Number(this.#heard.slice(9, 12));
    const retryAfter = status === 503 && /\nretry-after: \d/i.test(this.#heard.slice(0, head));
    this.#tell({ status, retryAfter, body: this.#heard.slice(head + 4) });
  }

  #tell(wired: RawResponse): void {
    const end = this.#end;
    this.#end = undefined;
    this.#heard = '';
    end?.(wired);
  }
}
