/** The fields of a `deliver_sm` or `data_sm` that carry a receipt, in the octets of the wire. */
export interface ReceiptOctets {
  readonly esmClass: number;
  /** `short_message`, else the parameter `message_payload`; without a user data header. */
  readonly text: Buffer;
  readonly receiptedMessageId: Buffer | undefined;
  readonly messageState: number | undefined;
}

const deliverSm = 0x05;
const dataSm = 0x103;
const headerLength = 16;
/** SMPP 3.4 section 5.2.12: the text begins with a user data header. */
const withHeader = 0x40;
/** SMPP 3.4 section 5.3.2. */
const tags = { receiptedMessageId: 0x1e, messagePayload: 0x424, messageState: 0x427 };

/**
 * Parses a complete PDU by SMPP 3.4 sections 4.6.1 and 4.7.1. Undefined for another command and for a body shorter than
 * its mandatory fields; a truncated optional parameter is left out. The codec of the npm package decodes a text by
 * `data_coding`, which an SMSC copies from the message, while a receipt is always ASCII.
 */
export function parseReceiptOctets(pdu: Buffer): ReceiptOctets | undefined {
  const command = pdu.readUInt32BE(4);
  if (command !== deliverSm && command !== dataSm) return undefined;
  let offset = headerLength;
  const skipString = () => {
    const end = pdu.indexOf(0, offset);
    offset = end === -1 ? pdu.length + 1 : end + 1;
  };
  const skipAddress = () => {
    offset += 2;
    skipString();
  };
  skipString();
  skipAddress();
  skipAddress();
  const esmClass = pdu[offset] ?? 0;
  let short: Buffer = Buffer.alloc(0);
  if (command === dataSm) {
    offset += 3;
  } else {
    offset += 3;
    skipString();
    skipString();
    offset += 4;
    const length = pdu[offset] ?? 0;
    short = pdu.subarray(offset + 1, offset + 1 + length);
    offset += 1 + length;
  }
  if (offset > pdu.length) return undefined;
  const parameters = readParameters(pdu.subarray(offset));
  const text = short.length > 0 ? short : (parameters.get(tags.messagePayload) ?? short);
  const hasHeader = (esmClass & withHeader) !== 0 && text.length > 0;
  return {
    esmClass,
    text: hasHeader ? text.subarray(text.readUInt8(0) + 1) : text,
    receiptedMessageId: parameters.get(tags.receiptedMessageId),
    messageState: parameters.get(tags.messageState)?.[0],
  };
}

/** Optional parameters by their tag (SMPP 3.4 section 3.2.4.1); for a duplicate tag, the first. */
function readParameters(octets: Buffer): Map<number, Buffer> {
  const parameters = new Map<number, Buffer>();
  for (let offset = 0; offset + 4 <= octets.length; ) {
    const [tag, length] = [octets.readUInt16BE(offset), octets.readUInt16BE(offset + 2)];
    const end = offset + 4 + length;
    if (end > octets.length) break;
    if (!parameters.has(tag)) parameters.set(tag, octets.subarray(offset + 4, end));
    offset = end;
  }
  return parameters;
}
