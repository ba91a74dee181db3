import { PDU } from 'smpp';

/** The length of the header (SMPP 3.4 section 3.2), and so the minimum of a PDU. */
const minLength = 16;
/** More than any PDU from an SMSC, and the maximum of the codec. */
const maxLength = 16_384;

/** A PDU with all of its octets. */
export interface ReadPdu {
  readonly pdu: PDU;
  readonly octets: Buffer;
}

/** Requests with text from others: the codec gets only their header, as none of their bodies may end the link. */
const carriers: readonly number[] = [0x05, 0x103];

/**
 * Returns a parser of a stream of PDUs. For each chunk it returns the complete PDUs, or undefined once the bytes are no
 * SMPP: an impossible length, or an unreadable body. After that the start of the next PDU is unknown (section 4.3), so
 * the link is to be dropped. It never buffers more than one incomplete PDU of 16 KiB.
 */
export function pduReader(): (chunk: Buffer) => ReadPdu[] | undefined {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const pdus: ReadPdu[] = [];
    while (rest.length >= 4) {
      const length = rest.readUInt32BE(0);
      if (length < minLength || length > maxLength) return undefined;
      if (rest.length < length) break;
      const octets = rest.subarray(0, length);
      const pdu = parsePdu(octets);
      if (!pdu) return undefined;
      pdus.push({ pdu, octets });
      rest = rest.subarray(length);
    }
    return pdus;
  };
}

function parsePdu(octets: Buffer): PDU | undefined {
  try {
    if (!carriers.includes(octets.readUInt32BE(4))) return new PDU(octets);
    const header = Buffer.from(octets.subarray(0, minLength));
    header.writeUInt32BE(minLength, 0);
    return new PDU(header);
  } catch {
    return undefined;
  }
}

/** The octets of a PDU. */
export function pduBytes(command: string, sequence: number, fields: Readonly<Record<string, unknown>> = {}): Buffer {
  return new PDU(command, { ...fields, sequence_number: sequence }).toBuffer();
}
