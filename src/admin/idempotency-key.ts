import type { Request } from '../http/server.ts';

/**
 * The idempotency key of a request: a string of RFC 8941 in quotation marks, as draft-ietf-httpapi-idempotency-key-header
 * has it, or the same text without them, as many clients send it. Undefined if there is none, or it is neither.
 */
export function parseIdempotencyKey(request: Request): string | undefined {
  const header = request.headers['idempotency-key'];
  if (typeof header !== 'string') return undefined;
  const quoted = /^"((?:[ !#-[\]-~]|\\["\\])*)"$/.exec(header)?.[1]?.replace(/\\(["\\])/g, '$1');
  const key = quoted ?? /^[A-Za-z0-9_.:~+/=-]*$/.exec(header)?.[0] ?? '';
  return key !== '' && key.length <= maxLength ? key : undefined;
}

const maxLength = 255;
