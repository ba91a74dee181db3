import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { PDU } from 'smpp';
import { isUnknownAuthority } from '../../kit/certificate-error.ts';
import type { Sent } from '../provider.ts';
import { bindError, errorForCommandStatus, type Failed, notSentError, unknownError } from './errors.ts';
import { pduBytes, pduReader, type ReadPdu } from './pdu.ts';
import { openWindow } from './window.ts';

/** The URL of an SMSC, our credentials there, and the parameters of the session. */
export interface LinkSettings {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** The certificate of its authority in PEM, if Node.js does not trust it by default. */
  readonly ca?: string | undefined;
  readonly systemId: string;
  readonly password: string;
  readonly systemType?: string | undefined;
  /** The maximum number of `submit_sm` without a response. */
  readonly window: number;
  readonly enquireLinkSeconds: number;
}

/** A connection to an SMSC, from its opening to its end. */
export interface Link {
  /** Resolves with undefined when it is bound, or with the reason that it never will be. */
  readonly bound: Promise<Failed | undefined>;
  readonly ended: Promise<void>;
  /**
   * Sends a `submit_sm`, and returns its `message_id` as the reference; `unknown` if the response does not come, or
   * comes too late.
   */
  submit(fields: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<Sent>;
  /** Unbinds and closes within a second. */
  close(): Promise<void>;
}

/** The timers of SMPP 3.4 section 7.2: until the session is bound, and until a request counts as unanswered. */
const bindTimeoutMs = 5000;
const responseTimeoutMs = 30_000;
const unbindTimeoutMs = 1000;
/** The maximum of buffered response bytes, for an SMSC that sends requests and never reads. */
const maxUnreadBytes = 1_048_576;
/** Section 5.1.4. */
const lastSequence = 0x7fffffff;
/** Sections 5.2.4 and 5.1.3. */
const version34 = 0x34;
const invalidCommand = 3;

/**
 * Connects and binds as a transceiver (SMPP 3.4 section 4.1.5). Answers requests of the SMSC: `enquire_link`, `unbind`,
 * and `deliver_sm` or `data_sm`, whose octets `onDelivery` gets. Never throws; any error ends the link.
 */
export function openLink(settings: LinkSettings, onDelivery: (octets: Buffer) => void): Link {
  let state: 'opening' | 'bound' | 'closing' | 'ended' = 'opening';
  let sequence = 0;
  let isIdle = false;
  const pending = new Map<number, (sent: Sent) => void>();
  const window = openWindow(settings.window);
  const read = pduReader();
  const [bound, resolveBound] = withResolver<Failed | undefined>();
  const [ended, resolveEnded] = withResolver<void>();
  const timers: NodeJS.Timeout[] = [setTimeout(() => end('no bind in time'), bindTimeoutMs)];

  const socket = connect(settings);
  if (!socket) end('no connection is possible to this host and port');
  socket?.setNoDelay(true);
  socket?.on('error', ({ code }: NodeJS.ErrnoException) =>
    end(
      isUnknownAuthority(code)
        ? `${code}: name the file of its authority in NODE_EXTRA_CA_CERTS`
        : (code ?? 'the connection failed'),
    ),
  );
  socket?.on('close', () => end('the connection was closed'));
  socket?.once(settings.tls ? 'secureConnect' : 'connect', bind);
  socket?.on('data', (chunk: Buffer) => {
    const pdus = read(chunk);
    if (!pdus) end('what came is no SMPP');
    for (const pdu of pdus ?? []) if (state !== 'ended') onPdu(pdu);
  });

  return { bound, ended, submit, close };

  function bind(): void {
    if (state !== 'opening') return;
    const { systemId, password, systemType = '' } = settings;
    request('bind_transceiver', {
      system_id: systemId,
      password,
      system_type: systemType,
      interface_version: version34,
    });
  }

  async function submit(fields: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<Sent> {
    if (!(await window.acquire(signal))) return notSentError('no free slot in the window');
    if (state !== 'bound' || signal.aborted) {
      window.release();
      return notSentError('the link was about to end');
    }
    return new Promise((resolve) => {
      const sequence = next();
      const abort = () => resolve(unknownError('no response in time'));
      // it takes room in the window until the response comes, even if nobody waits for it any more
      const settle = (sent: Sent) => {
        clearTimeout(timeout);
        signal.removeEventListener('abort', abort);
        if (pending.delete(sequence)) window.release();
        resolve(sent);
      };
      const timeout = setTimeout(() => settle(unknownError('no response')), responseTimeoutMs);
      signal.addEventListener('abort', abort, { once: true });
      pending.set(sequence, settle);
      write(pduBytes('submit_sm', sequence, fields));
    });
  }

  function close(): Promise<void> {
    if (state === 'bound') {
      state = 'closing';
      timers.push(setTimeout(() => end('closed'), unbindTimeoutMs));
      request('unbind');
    } else if (state === 'opening') {
      end('closed');
    }
    return ended;
  }

  function onPdu({ pdu, octets }: ReadPdu): void {
    isIdle = false;
    const { command, sequence_number: sequence } = pdu;
    if (pdu.isResponse()) onResponse(pdu);
    else if (command === 'enquire_link') write(pduBytes('enquire_link_resp', sequence));
    else if (command === 'deliver_sm' || command === 'data_sm') {
      write(pduBytes(`${command}_resp`, sequence));
      onDelivery(octets);
    } else if (command === 'unbind') {
      socket?.end(pduBytes('unbind_resp', sequence));
      end('the SMSC unbound', { politely: true });
    } else if (command !== 'alert_notification' && command !== 'outbind') {
      // these two have no response, and an SMSC may not send any others
      write(pduBytes('generic_nack', sequence, { command_status: invalidCommand }));
    }
  }

  function onResponse({ command, sequence_number: sequence, command_status: status, message_id: id }: PDU): void {
    const isAccepted = status === 0 && command !== 'generic_nack';
    if (command === 'unbind_resp' && state === 'closing') end('closed');
    else if (command === 'bind_transceiver_resp' || (command === 'generic_nack' && state === 'opening')) {
      if (state === 'opening' && isAccepted) onBound();
      else if (state === 'opening') end('not let in', { failed: bindError(status) });
    } else if (command === 'submit_sm_resp' || command === 'generic_nack') {
      const reference = typeof id === 'string' && id !== '' ? id : undefined;
      pending.get(sequence)?.(isAccepted ? { ok: true, reference } : errorForCommandStatus(status));
    }
  }

  function onBound(): void {
    state = 'bound';
    clearTimeout(timers[0]);
    timers.push(setInterval(enquire, settings.enquireLinkSeconds * 1000));
    resolveBound(undefined);
  }

  /** Section 4.11; a link without any data since the last enquiry is dead. */
  function enquire(): void {
    if (isIdle) end('the SMSC fell silent');
    else request('enquire_link');
    isIdle = true;
  }

  function request(command: string, fields: Readonly<Record<string, unknown>> = {}): void {
    write(pduBytes(command, next(), fields));
  }

  function next(): number {
    sequence = sequence === lastSequence ? 1 : sequence + 1;
    return sequence;
  }

  function write(bytes: Buffer): void {
    socket?.write(bytes);
    if (socket && socket.writableLength > maxUnreadBytes) end('the SMSC reads nothing');
  }

  function end(reason: string, options: { politely?: boolean; failed?: Failed } = {}): void {
    if (state === 'ended') return;
    state = 'ended';
    for (const timer of timers) clearTimeout(timer);
    if (options.politely) socket?.destroySoon();
    else socket?.destroy();
    window.close();
    for (const settle of pending.values()) settle(unknownError(reason));
    resolveBound(options.failed ?? notSentError(reason));
    resolveEnded();
  }
}

/** Returns undefined for unusable settings, as a port out of range. */
function connect({ host, port, tls, ca }: LinkSettings): Socket | undefined {
  try {
    if (!tls) return connectPlain({ host, port });
    return connectTls({ host, port, ...(isIP(host) ? {} : { servername: host }), ...(ca === undefined ? {} : { ca }) });
  } catch {
    return undefined;
  }
}

function withResolver<T>(): [promise: Promise<T>, tell: (value: T) => void] {
  let resolveValue!: (value: T) => void;
  const promise = new Promise<T>((resolve) => {
    resolveValue = resolve;
  });
  return [promise, resolveValue];
}
