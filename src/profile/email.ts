import { domainToASCII } from 'node:url';
import { lastOf } from '../kit/present.ts';

/** Octets that RFC 5321, 4.5.3.1 allows before the sign @, and in the whole of a path without its brackets. */
const maxLocalOctets = 64;
const maxOctets = 254;

/** RFC 5322 dot-atom, with the letters, digits and marks of every script (RFC 6532, 3.2). */
const localPart = /^[\w!#$%&'*+/=?^`{|}~\p{L}\p{N}\p{M}-]+(?:\.[\w!#$%&'*+/=?^`{|}~\p{L}\p{N}\p{M}-]+)*$/u;
/** RFC 5321, 4.1.2 Quoted-string, of printable ASCII. */
const quotedLocalPart = /^"(?:[ !#-[\]-~]|\\[ -~])+"$/;
const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** An e-mail address, and the form by which two spellings are compared. */
export interface Email {
  readonly address: string;
  readonly key: string;
}

/**
 * Parses an e-mail address as people type and paste it: international (RFC 6531), with spaces or invisible marks
 * around, after `mailto:`, in angle brackets behind a name, with a full stop, comma or semicolon at its end. Undefined
 * if there is none. The domain has to have a dot; it is compared as IDNA writes it, and the whole without case.
 */
export function parseEmail(text: string): Email | undefined {
  const unwrappedText = unwrapped(text.normalize('NFC'));
  const at = unwrappedText.lastIndexOf('@');
  const local = unwrappedText.slice(0, at);
  const domain = unwrappedText.slice(at + 1).replace(/\.$/, '');
  const ascii = domainToASCII(domain);
  const labels = ascii.split('.');
  if (at < 1 || !(localPart.test(local) || quotedLocalPart.test(local))) return undefined;
  if (/\p{Default_Ignorable_Code_Point}/u.test(unwrappedText) || /[%\s/?#[\]:]/.test(domain)) return undefined;
  if (labels.length < 2 || !labels.every((part) => label.test(part)) || /^\d+$/.test(lastOf(labels))) return undefined;
  const address = `${local}@${domain}`;
  const octets = Buffer.byteLength(local) + 1 + Math.max(ascii.length, Buffer.byteLength(domain));
  if (Buffer.byteLength(local) > maxLocalOctets || octets > maxOctets) return undefined;
  return { address, key: `${local.normalize('NFKC').toLowerCase()}@${ascii.toLowerCase()}` };
}

/** The bare e-mail address, from a text that a program copies together with it. */
function unwrapped(text: string): string {
  // U+200B to U+200F, U+202A to U+202E, U+2060 to U+2069 and U+FEFF are copied along from web pages and contact lists
  const visible = text.replace(
    /^[\s\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+|[\s\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+$/g,
    '',
  );
  const bracketed = /^[^<>]*<([^<>]+)>[.,;]?$/.exec(visible)?.[1] ?? visible;
  return bracketed
    .trim()
    .replace(/^mailto:/i, '')
    .replace(/[,;.]+$/, '')
    .replaceAll('＠', '@');
}
