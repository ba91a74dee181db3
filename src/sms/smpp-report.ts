import type { PDU } from 'smpp';
import type { Receipt } from './provider.ts';
import { encodeSeptets } from './smpp-text.ts';

/** What a delivery receipt says, its id as the SMSC wrote it there. */
export interface Report {
  readonly id: string;
  readonly state: Receipt['state'];
  readonly why?: string | undefined;
}

/** SMPP 3.4 section 5.2.12: of the bits 5 to 2, this alone is the receipt of an SMSC. */
const messageType = 0b0011_1100;
const receiptType = 0b0000_0100;

/** Final states by their words in the text (appendix B), some of which vendors write out. Others say nothing yet. */
const states: Readonly<Record<string, Receipt['state']>> = {
  DELIVRD: 'delivered',
  DELIVERED: 'delivered',
  EXPIRED: 'failed',
  DELETED: 'failed',
  UNDELIV: 'failed',
  UNDELIVERABLE: 'failed',
  REJECTD: 'failed',
  REJECTED: 'failed',
};

/** The parameter `message_state` (section 5.2.28), where the text has no word for it. */
const words: Readonly<Record<number, string>> = {
  2: 'DELIVRD',
  3: 'EXPIRED',
  4: 'DELETED',
  5: 'UNDELIV',
  8: 'REJECTD',
};

/**
 * The receipt that a `deliver_sm` or `data_sm` carries: its id from `receipted_message_id` (section 5.3.2.12), else from
 * the text (appendix B). Undefined where it carries none, or none of a final state.
 */
export function readReport(pdu: PDU): Report | undefined {
  if ((Number(pdu.esm_class) & messageType) !== receiptType) return undefined;
  // what follows is the beginning of the message, which a person may have written
  const [text = ''] = (textOf(pdu, 'short_message') || textOf(pdu, 'message_payload')).split(/\btext:/i, 1);
  const id = printable(pdu.receipted_message_id) ?? /\bid:\s*(\S{1,65})/i.exec(text)?.[1];
  const stat = /\bstat:\s*(\w{1,20})/i.exec(text)?.[1]?.toUpperCase() ?? words[Number(pdu.message_state)] ?? '';
  const state = states[stat];
  if (id === undefined || state === undefined) return undefined;
  if (state === 'delivered') return { id, state };
  const err = /\berr:\s*(\w{1,10})/i.exec(text)?.[1];
  return { id, state, why: err === undefined ? stat : `${stat} err:${err}` };
}

function textOf(pdu: PDU, field: 'short_message' | 'message_payload'): string {
  const value = pdu[field];
  const message = Buffer.isBuffer(value) ? value : (value as { message?: unknown } | undefined)?.message;
  if (Buffer.isBuffer(message)) return message.toString('latin1');
  if (typeof message !== 'string') return '';
  // read as the default alphabet, while SMSCs write ASCII, in which an id may have `_`, `@` or `$`
  return (pdu.data_coding === 0 ? encodeSeptets(message)?.toString('latin1') : undefined) ?? message;
}

/** Up to its end, which not every SMSC marks. */
function printable(value: unknown): string | undefined {
  return typeof value === 'string' ? /^[!-~]{1,65}/.exec(value)?.[0] : undefined;
}
