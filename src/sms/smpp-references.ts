import type { Receipt } from './provider.ts';
import type { Report } from './smpp-report.ts';

/** The messages that were accepted of late, by the ids that the SMSC gave them. */
export interface References {
  /** The ids of the parts of one message, of which the last is its reference. */
  remember(ids: readonly string[]): void;
  has(id: string): boolean;
  /** What a report means for the message that it is of; undefined where it means nothing yet. */
  receipt(report: Report): Receipt | undefined;
}

interface Part {
  readonly reference: string;
  readonly last: boolean;
}

/** Enough for a receipt to come hours later, in some ten megabytes. */
const mostParts = 50_000;

type Form = (id: string) => string | undefined;
const same: Form = (id) => id;
const fromHex: Form = (id) => (/^[0-9a-f]{1,16}$/i.test(id) ? BigInt(`0x${id}`).toString() : undefined);
const fromDecimal: Form = (id) => (/^\d{1,20}$/.test(id) ? BigInt(id).toString(16) : undefined);

/**
 * Finds the message of a receipt. The id in it is to be that of `submit_sm_resp` (SMPP 3.4 section 5.2.23), but there are
 * SMSCs that give it in hex in the one place and in decimal in the other, in another case, or with zeros before it. So it
 * is looked for as it is and in both other forms, first in that which last found one. An id that is not known here, as
 * of a message that another process sent, is told in that form too.
 *
 * Of a message in several parts the reference is the id of the last, whose delivery is that of the message; one of the
 * others says something only where it failed.
 */
export function knownReferences(): References {
  const parts = new Map<string, Part>();
  let usual = same;

  function found(id: string): Part | undefined {
    for (const form of [usual, same, fromHex, fromDecimal]) {
      const part = parts.get(keyOf(form(id) ?? ''));
      if (!part) continue;
      // a short number may read the same in all forms, and tells nothing of them
      if (keyOf(fromHex(id) ?? '') !== keyOf(id)) usual = form;
      return part;
    }
    return undefined;
  }

  return {
    remember(ids) {
      const reference = ids.at(-1);
      if (reference === undefined) return;
      for (const [at, id] of ids.entries()) parts.set(keyOf(id), { reference, last: at === ids.length - 1 });
      for (const key of parts.keys()) {
        if (parts.size <= mostParts) break;
        parts.delete(key);
      }
    },
    has: (id) => found(id) !== undefined,
    receipt({ id, ...said }) {
      const part = found(id);
      if (!part) return { ...said, reference: usual(id) ?? id };
      return part.last || said.state === 'failed' ? { ...said, reference: part.reference } : undefined;
    },
  };
}

function keyOf(id: string): string {
  return id.toLowerCase().replace(/^0+(?=.)/, '');
}
