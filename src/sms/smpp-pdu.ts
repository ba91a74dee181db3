import { PDU } from 'smpp';

/** The header (SMPP 3.4 section 3.2); what is shorter is no PDU. */
const shortest = 16;
/** More than any PDU that an SMSC has for us, and what the codec takes. */
const longest = 16_384;

/**
 * Reads a stream of PDUs from chunks as they come, and gives those that are whole, or undefined once the bytes are no
 * SMPP: a length that no PDU has, or a body that cannot be read. After that nothing tells where the next one begins
 * (section 4.3), so the link is to be dropped. It never holds more than one PDU of 16 KiB that is not whole.
 */
export function pduReader(): (chunk: Buffer) => PDU[] | undefined {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const found: PDU[] = [];
    while (rest.length >= 4) {
      const length = rest.readUInt32BE(0);
      if (length < shortest || length > longest) return undefined;
      if (rest.length < length) break;
      const pdu = read(rest.subarray(0, length));
      if (!pdu) return undefined;
      found.push(pdu);
      rest = rest.subarray(length);
    }
    return found;
  };
}

function read(bytes: Buffer): PDU | undefined {
  try {
    return new PDU(bytes);
  } catch {
    return undefined;
  }
}

/** The bytes of a PDU. */
export function pduBytes(command: string, sequence: number, fields: Readonly<Record<string, unknown>> = {}): Buffer {
  return new PDU(command, { ...fields, sequence_number: sequence }).toBuffer();
}
