import type { Receipt } from '../provider.ts';
import type { Report } from './report.ts';

/** The messages accepted recently, by the ids that the SMSC gave them. */
export interface References {
  /** Adds the ids of the parts of one message; the last is its reference. */
  remember(ids: readonly string[]): void;
  has(id: string): boolean;
  /** Returns the receipt of the message of a report; undefined if the report decides nothing yet. */
  receipt(report: Report): Receipt | undefined;
}

interface Part {
  readonly reference: string;
  readonly last: boolean;
}

/** Enough for receipts that come hours later, in about ten megabytes. */
const maxParts = 50_000;

type Form = (id: string) => string | undefined;
const same: Form = (id) => id;
const fromHex: Form = (id) => (/^[0-9a-f]{1,16}$/i.test(id) ? BigInt(`0x${id}`).toString() : undefined);
const fromDecimal: Form = (id) => (/^\d{1,20}$/.test(id) ? BigInt(id).toString(16) : undefined);

/**
 * Finds the message of a receipt. Its id should be that of `submit_sm_resp` (SMPP 3.4 section 5.2.23), but some SMSCs
 * write it in hex in one place and in decimal in the other, in another case, or with leading zeros. So the id is looked
 * up as it is and in both other forms, starting with the form that matched last. An unknown id, as of a message that
 * another process sent, is returned in that form too.
 *
 * The reference of a message in several parts is the id of the last, whose delivery stands for the message; another
 * part counts only if it failed.
 */
export function createReferences(): References {
  const parts = new Map<string, Part>();
  let lastForm = same;

  function found(id: string): Part | undefined {
    for (const form of [lastForm, same, fromHex, fromDecimal]) {
      const part = parts.get(keyOf(form(id) ?? ''));
      if (!part) continue;
      // a short number may be the same in all forms, and says nothing about them
      if (keyOf(fromHex(id) ?? '') !== keyOf(id)) lastForm = form;
      return part;
    }
    return undefined;
  }

  return {
    remember(ids) {
      const reference = ids.at(-1);
      if (reference === undefined) return;
      for (const [index, id] of ids.entries()) parts.set(keyOf(id), { reference, last: index === ids.length - 1 });
      for (const key of parts.keys()) {
        if (parts.size <= maxParts) break;
        parts.delete(key);
      }
    },
    has: (id) => found(id) !== undefined,
    receipt({ id, ...outcome }) {
      const part = found(id);
      if (!part) return { ...outcome, reference: lastForm(id) ?? id };
      return part.last || outcome.state === 'failed' ? { ...outcome, reference: part.reference } : undefined;
    },
  };
}

function keyOf(id: string): string {
  return id.toLowerCase().replace(/^0+(?=.)/, '');
}
