import { randomInt } from 'node:crypto';
import type { Message, Provider, Receipt, Sent } from './provider.ts';
import { unknownError } from './smpp/errors.ts';
import type { LinkSettings } from './smpp/link.ts';
import { createReferences } from './smpp/references.ts';
import { parseReport, type Report } from './smpp/report.ts';
import { keepSession } from './smpp/session.ts';
import { type Alphabet, countParts, splitText } from './smpp/text.ts';

/** An operator or aggregator with SMPP 3.4. */
export interface SmppSettings extends Omit<LinkSettings, 'window' | 'enquireLinkSeconds'> {
  /** A name of up to eleven letters, a number with its country code, or a short code. */
  readonly sourceAddress: string;
  /** The alphabet of the SMSC for `data_coding` 0: by default that of GSM. */
  readonly alphabet?: Alphabet | undefined;
  /** The maximum number of messages without a response: by default 10. */
  readonly window?: number | undefined;
  /** The interval of `enquire_link` in seconds: by default 30. */
  readonly enquireLinkSeconds?: number | undefined;
}

/** The maximum number of receipts that wait for a response to arrive after them. */
const maxHeld = 1000;
const maxValiditySeconds = 28 * 86_400;
/** SMPP 3.4 section 5.2.12: the text begins with a user data header. */
const withHeader = 0x40;

/**
 * Sends messages over SMPP 3.4, in a session that is bound at once and kept. Parts of a long text are sent one after
 * another, and the reference is the `message_id` of the last. If a later part is not accepted, the message is
 * `unknown`, as its first parts are on their way, unless the number or the text was the reason. Receipts go to
 * `onReceipt`; a receipt that overtakes the response of its message waits for the sendings in progress.
 */
export function smppProvider(settings: SmppSettings): Provider {
  const { sourceAddress, alphabet = 'gsm', window = 10, enquireLinkSeconds = 30, ...linkSettings } = settings;
  const source = sourceOf(sourceAddress);
  const listeners: ((receipt: Receipt) => void)[] = [];
  const references = createReferences();
  const inFlight = new Set<Promise<Sent>>();
  const session = keepSession({ ...linkSettings, window, enquireLinkSeconds }, receive);
  let concatenation = randomInt(256);
  let heldReports = 0;

  async function submit(message: Message, signal: AbortSignal): Promise<Sent> {
    if (!/^\+?\d{1,20}$/.test(message.to))
      return { ok: false, error: 'rejected', reason: 'the recipient is no number' };
    const split = splitText(message.text, concatenation, alphabet);
    if (!split) return { ok: false, error: 'rejected', reason: 'the text is empty or too long' };
    const { coding, parts } = split;
    if (parts.length > 1) concatenation += 1;
    const open = await session.link(signal);
    if (!open.ok) return open;
    const ids: string[] = [];
    for (const [index, part] of parts.entries()) {
      const sent = await open.link.submit(
        {
          ...source,
          dest_addr_ton: 1,
          dest_addr_npi: 1,
          destination_addr: message.to.replace('+', ''),
          esm_class: parts.length > 1 ? withHeader : 0,
          validity_period: relativeTime(message.expiresIn),
          registered_delivery: 1,
          data_coding: coding,
          short_message: part,
        },
        signal,
      );
      if (!sent.ok)
        return index === 0 || sent.error === 'rejected' ? sent : unknownError(`part ${index + 1}: ${sent.reason}`);
      if (sent.reference !== undefined) ids.push(sent.reference);
    }
    references.remember(ids);
    return { ok: true, reference: ids.at(-1), segments: parts.length };
  }

  function receive(octets: Buffer): void {
    const report = parseReport(octets);
    if (!report) return;
    if (references.has(report.id) || inFlight.size === 0 || heldReports >= maxHeld) emit(report);
    else {
      heldReports += 1;
      void Promise.all(inFlight).then(() => {
        heldReports -= 1;
        // after the callers that wait for the sending
        setImmediate(emit, report);
      });
    }
  }

  function emit(report: Report): void {
    const receipt = references.receipt(report);
    if (receipt) for (const listener of listeners) listener(receipt);
  }

  return {
    name: 'smpp',
    channel: 'sms',
    async send(message, signal) {
      const sending = submit(message, signal);
      inFlight.add(sending);
      const sent = await sending;
      inFlight.delete(sending);
      return sent;
    },
    segmentsOf: (text) => countParts(text, alphabet) ?? 1,
    onReceipt(listener) {
      listeners.push(listener);
    },
    close: () => session.close(),
  };
}

/**
 * The type of a sender (SMPP 3.4 sections 5.2.5 and 5.2.6) by its form: international, a short code of the network, or
 * a name.
 */
export function sourceOf(sender: string): {
  readonly source_addr_ton: number;
  readonly source_addr_npi: number;
  readonly source_addr: string;
} {
  const number = /^(\+?)(\d{1,20})$/.exec(sender);
  if (!number) return { source_addr_ton: 5, source_addr_npi: 0, source_addr: sender };
  const [, plus, digits = ''] = number;
  const international = plus === '+' || digits.length > 8;
  return {
    source_addr_ton: international ? 1 : 3,
    source_addr_npi: international ? 1 : 0,
    source_addr: digits,
  };
}

/** A relative time in seconds as in SMPP 3.4 section 7.1.1: `YYMMDDhhmmsstnnR`. At least one second. */
export function relativeTime(seconds: number): string {
  const wholeSeconds = Math.min(Math.max(Math.ceil(seconds), 1), maxValiditySeconds);
  const twoDigits = (value: number) => String(Math.floor(value)).padStart(2, '0');
  return `0000${twoDigits(wholeSeconds / 86_400)}${twoDigits((wholeSeconds / 3600) % 24)}${twoDigits((wholeSeconds / 60) % 60)}${twoDigits(wholeSeconds % 60)}000R`;
}
