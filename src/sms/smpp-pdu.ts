import { PDU } from 'smpp';

/** The header (SMPP 3.4 section 3.2); what is shorter is no PDU. */
const shortest = 16;
/** More than any PDU that an SMSC has for us, and what the codec takes. */
const longest = 16_384;

/** A PDU, and all of its octets. */
export interface ReadPdu {
  readonly pdu: PDU;
  readonly octets: Buffer;
}

/** The requests that carry text of others: the codec is given their header alone, as no body of theirs may end the link. */
const carriers: readonly number[] = [0x05, 0x103];

/**
 * Reads a stream of PDUs from chunks as they come, and gives those that are whole, or undefined once the bytes are no
 * SMPP: a length that no PDU has, or a body that cannot be read. After that nothing tells where the next one begins
 * (section 4.3), so the link is to be dropped. It never holds more than one PDU of 16 KiB that is not whole.
 */
export function pduReader(): (chunk: Buffer) => ReadPdu[] | undefined {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const found: ReadPdu[] = [];
    while (rest.length >= 4) {
      const length = rest.readUInt32BE(0);
      if (length < shortest || length > longest) return undefined;
      if (rest.length < length) break;
      const octets = rest.subarray(0, length);
      const pdu = read(octets);
      if (!pdu) return undefined;
      found.push({ pdu, octets });
      rest = rest.subarray(length);
    }
    return found;
  };
}

function read(octets: Buffer): PDU | undefined {
  try {
    if (!carriers.includes(octets.readUInt32BE(4))) return new PDU(octets);
    const header = Buffer.from(octets.subarray(0, shortest));
    header.writeUInt32BE(shortest, 0);
    return new PDU(header);
  } catch {
    return undefined;
  }
}

/** The bytes of a PDU. */
export function pduBytes(command: string, sequence: number, fields: Readonly<Record<string, unknown>> = {}): Buffer {
  return new PDU(command, { ...fields, sequence_number: sequence }).toBuffer();
}
