import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { createServer, PDU, type Session } from 'smpp';

/** How an SMSC behaves, where not as a good one does. */
export interface SmscBehavior {
  /** The `command_status` of its answer to a bind. */
  readonly bind?: number;
  /** What it does with a `submit_sm`; where nothing is told, it takes it with the id `m1`, `m2` and so on. */
  readonly submit?: (pdu: PDU, session: Session) => void;
  /** It answers none of these commands. */
  readonly deafTo?: readonly string[];
  readonly tls?: boolean;
}

/** An SMSC on the loopback, and all that it was asked. */
export interface FakeSmsc {
  readonly port: number;
  readonly asked: PDU[];
  /** Those of a command. */
  of(command: string): PDU[];
  /** Its connections that stand. */
  readonly sessions: Session[];
  /** Asks on the last connection, and gives the response. */
  ask(command: string, fields?: Readonly<Record<string, unknown>>): Promise<PDU>;
  /** Breaks all connections. */
  drop(): void;
  close(): Promise<unknown>;
}

/** Opens an SMSC until the test ends. */
export async function startFakeSmsc(context: TestContext, manners: SmscBehavior = {}): Promise<FakeSmsc> {
  const asked: PDU[] = [];
  const sessions: Session[] = [];
  const submit = manners.submit ?? ((pdu, session) => accept(session, pdu, `m${of('submit_sm').length}`));
  const of = (command: string) => asked.filter((pdu) => pdu.command === command);
  const server = createServer(manners.tls ? { key, cert } : {}, (session) => {
    sessions.push(session);
    session.on('error', () => {});
    session.on('close', () => sessions.splice(sessions.indexOf(session), 1));
    session.on('pdu', (pdu: PDU) => {
      asked.push(pdu);
      if (pdu.isResponse() || manners.deafTo?.includes(pdu.command)) return;
      if (pdu.command === 'submit_sm') submit(pdu, session);
      else if (pdu.command === 'bind_transceiver')
        session.send(pdu.response({ system_id: 'smsc', command_status: manners.bind ?? 0 }));
      else session.send(pdu.response());
    });
  });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const drop = () => {
    // a socket of TLS cannot be reset
    for (const session of sessions) manners.tls ? session.socket.destroy() : session.socket.resetAndDestroy();
  };
  const close = () => {
    drop();
    return new Promise((resolve) => server.close(resolve));
  };
  context.after(close);
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    of,
    sessions,
    ask: (command, fields = {}) =>
      new Promise((resolve) => void sessions.at(-1)!.send(new PDU(command, fields), resolve)),
    drop,
    close,
  };
}

/** The SMSC takes a message, with this id. */
export function accept(session: Session, pdu: PDU, id: string): void {
  session.send(pdu.response({ message_id: id }));
}

/** The SMSC does not take it. */
export function refuse(session: Session, pdu: PDU, status: number): void {
  session.send(pdu.response({ command_status: status }));
}

/** Waits until it is so; two seconds at most. */
export async function waitUntil(so: () => boolean, what: string): Promise<void> {
  const latest = performance.now() + 2000;
  while (!so()) {
    if (performance.now() > latest) throw new Error(`it never came to it: ${what}`);
    await pause(3);
  }
}

// of nobody but these tests, for 127.0.0.1, signed by itself
const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg7KMGrHksfW9vIJkq
XSVPMKSk/EeWXxhCK4ot8VNpX1qhRANCAAQTKR69m/fIGDV3qYBCeB11X8wMfEAl
6akuay4mXMWriVnnIIwa8VVU11w7MBsqAIXTZ36EcedKPeGVZmR4F7OY
-----END PRIVATE KEY-----`;
/** The certificate of an SMSC with TLS. */
export const cert = `-----BEGIN CERTIFICATE-----
MIIBYjCCAQigAwIBAgIBATAKBggqhkjOPQQDAjAXMRUwEwYDVQQDDAxzbXNjLmV4
YW1wbGUwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMBcxFTATBgNV
BAMMDHNtc2MuZXhhbXBsZTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABBMpHr2b
98gYNXepgEJ4HXVfzAx8QCXpqS5rLiZcxauJWecgjBrxVVTXXDswGyoAhdNnfoRx
50o94ZVmZHgXs5ijQzBBMA8GA1UdEQQIMAaHBH8AAAEwDwYDVR0TAQH/BAUwAwEB
/zAdBgNVHQ4EFgQUgBirj/84Pq8XkWSlWav4C1/fLtwwCgYIKoZIzj0EAwIDSAAw
RQIhAOyBWkTUaBgsZh3wBX9YTcbA5rGshYkIwLWMny1Xt0niAiB0jchlUbpUZ33f
axJTCORJvJhCLR0b7sMGXTkwUeqiWQ==
-----END CERTIFICATE-----`;
