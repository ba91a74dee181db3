/** The used part of the npm package `smpp`, which has no types: its codec in src, its server in the tests. */
declare module 'smpp' {
  import type { EventEmitter } from 'node:events';
  import type { Server as NetServer, Socket } from 'node:net';

  /** Parsed from a complete PDU below 16 KiB, or built from a command and its fields. Throws if it cannot. */
  export class PDU {
    constructor(from: Buffer);
    constructor(command: string, fields: Readonly<Record<string, unknown>>);
    readonly command: string;
    readonly command_status: number;
    readonly sequence_number: number;
    readonly [field: string]: unknown;
    isResponse(): boolean;
    response(fields?: Readonly<Record<string, unknown>>): PDU;
    toBuffer(): Buffer;
  }

  /** A connection of a server. */
  export class Session extends EventEmitter {
    readonly socket: Socket;
    send(pdu: PDU, answered?: (response: PDU) => void): boolean;
    close(): void;
  }

  export function createServer(
    options: Readonly<Record<string, unknown>>,
    listener: (session: Session) => void,
  ): NetServer;
}
