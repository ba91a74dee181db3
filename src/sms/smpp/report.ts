import type { Receipt } from '../provider.ts';
import { parseReceiptOctets } from './receipt-octets.ts';

/** The content of a delivery receipt, with its id as the SMSC wrote it. */
export interface Report {
  readonly id: string;
  readonly state: Receipt['state'];
  readonly reason?: string | undefined;
}

/** SMPP 3.4 section 5.2.12: of the bits 5 to 2, only this combination is the receipt of an SMSC. */
const messageType = 0b0011_1100;
const receiptType = 0b0000_0100;

/**
 * Final states by their words in the text (appendix B), which some vendors write in full. Other states are not final.
 */
const states: Readonly<Record<string, Receipt['state']>> = {
  DELIVRD: 'delivered',
  DELIVERED: 'delivered',
  EXPIRED: 'failed',
  DELETED: 'failed',
  UNDELIV: 'failed',
  UNDELIVERABLE: 'failed',
  UNDELIVERED: 'failed',
  REJECTD: 'failed',
  REJECTED: 'failed',
};

/** The parameter `message_state` (section 5.2.28), if the text has no word for a final state. */
const words: Readonly<Record<number, string>> = {
  2: 'DELIVRD',
  3: 'EXPIRED',
  4: 'DELETED',
  5: 'UNDELIV',
  8: 'REJECTD',
};

/** The characters of an id that are control codes in ASCII, from an SMSC that writes the default alphabet. */
const fromDefaultAlphabet: Readonly<Record<number, string>> = { 0: '@', 2: '$', 17: '_' };

/**
 * Parses the receipt of a `deliver_sm` or `data_sm`: its id from `receipted_message_id` (section 5.3.2.12), else from
 * the text (appendix B). Undefined without a receipt, or without a final state.
 */
export function parseReport(pdu: Buffer): Report | undefined {
  const octets = parseReceiptOctets(pdu);
  if (!octets || (octets.esmClass & messageType) !== receiptType) return undefined;
  // the message starts after `text:`, and a person may have written it
  const [text = ''] = textOf(octets.text).split(/\btext:/i, 1);
  const id = printable(octets.receiptedMessageId) ?? /\bid:\s*([!-~]{1,65})/i.exec(text)?.[1];
  const status = /\bstat:\s*(\w{1,20})/i.exec(text)?.[1]?.toUpperCase() ?? '';
  const stat = Object.hasOwn(states, status) ? status : (words[octets.messageState ?? 0] ?? '');
  const state = states[stat];
  if (id === undefined || state === undefined) return undefined;
  if (state === 'delivered') return { id, state };
  const err = /\berr:\s*(\w{1,10})/i.exec(text)?.[1];
  return { id, state, reason: err === undefined ? stat : `${stat} err:${err}` };
}

/** The fields of a receipt come first; the message after them may be in any script. */
const sampledOctets = 64;

/**
 * Decodes the text of a receipt by its octets, since `data_coding` is often that of the message and not of the receipt:
 * as UCS-2 if more than half of every other octet at the beginning is zero, else as ASCII.
 */
function textOf(octets: Buffer): string {
  const evenOctets = octets.subarray(0, octets.length - (octets.length % 2));
  const zeros = [...evenOctets.subarray(0, sampledOctets).entries()].filter(([, octet]) => octet === 0);
  const maxZeros = Math.min(evenOctets.length, sampledOctets) / 4;
  if (zeros.filter(([index]) => index % 2 === 0).length > maxZeros)
    return Buffer.from(evenOctets).swap16().toString('utf16le');
  if (zeros.filter(([index]) => index % 2 === 1).length > maxZeros) return evenOctets.toString('utf16le');
  let end = octets.length;
  while (octets[end - 1] === 0) end -= 1;
  return [...octets.subarray(0, end)].map((octet) => fromDefaultAlphabet[octet] ?? String.fromCharCode(octet)).join('');
}

/** The printable characters up to the end, which not every SMSC marks. */
function printable(octets: Buffer | undefined): string | undefined {
  return octets && /^[!-~]{1,65}/.exec(octets.toString('latin1'))?.[0];
}
