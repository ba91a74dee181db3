import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { validateHeaderName, validateHeaderValue } from 'node:http';
import { type Language, languages } from '../kit/language.ts';
import { isRecord } from '../kit/record.ts';
import { isSecureOrigin, origin, type Parser } from './parsers.ts';

/** The text as people paste it, without surrounding white space, a byte order mark, or quotes of a shell or of JSON. */
function unquoted(input: string): string {
  const text = input.replace(/^\uFEFF/, '').trim();
  const [, , inner] = /^(["'`])([\s\S]*)\1$/.exec(text) ?? [];
  return inner === undefined ? text : unquoted(inner);
}

/** The URL of an HTTP gateway, with placeholders: over TLS, or on this machine. */
export const httpTemplateUrl: Parser<string> = {
  expected: 'a URL that begins with https:// (or http:// on this machine), without a password in it',
  parse: (input) => {
    const text = unquoted(input);
    const url = parsed(text);
    if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) return undefined;
    return isSecureOrigin(url.href) && !/[{}]/.test(url.host) ? text : undefined;
  },
};

/** The origin of a provider's API: over TLS, or on this machine. */
export const publicApi: Parser<string> = {
  expected: 'a URL such as https://api.example.com (or http:// on this machine), without a path',
  parse: (input) => {
    const read = origin.parse(unquoted(input));
    return read !== undefined && isSecureOrigin(read) ? read : undefined;
  },
};

/** Headers as a JSON object of texts that HTTP can carry. */
export const httpHeaders: Parser<Readonly<Record<string, string>>> = {
  expected: 'a JSON object of texts',
  parse: (input) => {
    const text = unquoted(input);
    return headersIn(text) ?? headersIn(text.replaceAll('\\"', '"'));
  },
};

function headersIn(text: string): Readonly<Record<string, string>> | undefined {
  try {
    const read: unknown = JSON.parse(text);
    if (!isRecord(read) || Array.isArray(read)) return undefined;
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(read)) {
      validateHeaderName(name);
      if (typeof value !== 'string') return undefined;
      validateHeaderValue(name, value);
      headers[name] = value;
    }
    return headers;
  } catch {
    return undefined;
  }
}

/** A token or a key of an API, as it goes into a header (RFC 6750), with or without `Bearer` before it. */
export const credential: Parser<string> = {
  expected: 'a token of letters, digits and signs, without spaces',
  parse: (input) => {
    const token = unquoted(unquoted(input).replace(/^(?:authorization:\s*)?bearer(?:\s+|$)/i, ''));
    return /^[!-~]+$/.test(token) ? token : undefined;
  },
};

const minSecretLength = 16;

/** A secret of our own that signs callbacks; a short one could be guessed. */
export const callbackSecret: Parser<string> = {
  expected: `a random text of at least ${minSecretLength} characters, as callbacks are signed with it`,
  parse: (input) => {
    const secret = input.trim();
    return secret.length >= minSecretLength && new Set(secret).size >= minSecretLength / 2 ? secret : undefined;
  },
};

/** A secret of Standard Webhooks: 24 to 64 bytes in base64, with or without `whsec_` before them. */
export const webhookSecret: Parser<string> = {
  expected: 'whsec_ and 24 to 64 random bytes in base64',
  parse: (input) => {
    const text = unquoted(input).replace(/^whsec_/i, '');
    const bytes = Buffer.from(text, 'base64');
    const isBase64 = /^[A-Za-z0-9+/_-]+={0,2}$/.test(text);
    return isBase64 && bytes.length >= 24 && bytes.length <= 64 ? `whsec_${bytes.toString('base64')}` : undefined;
  },
};

const block = /-----BEGIN ([A-Z0-9 ]+)-----([\s\S]+?)-----END \1-----/g;

/**
 * PEM blocks (RFC 7468) in any pasted form: line ends as `
 * `, as spaces, or the whole in base64.
 */
function pemIn(input: string): string[] {
  const text = unquoted(input).replace(/\\r|\\n/g, '\n');
  const blocks = [...text.matchAll(block)].map(([, label, body = '']) => {
    const lines = body.replace(/\s+/g, '').match(/.{1,64}/g) ?? [];
    return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
  });
  const packed = text.replace(/\s+/g, '');
  if (blocks.length > 0 || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(packed)) return blocks;
  const inner = Buffer.from(packed, 'base64').toString('latin1');
  return inner.includes('-----BEGIN ') ? pemIn(inner) : [];
}

/**
 * The placeholders that the documentation shows instead of a key. They pass the parser, and the check of a provider
 * refuses them by name.
 */
export const placeholders = {
  privateKey: '-----BEGIN PRIVATE KEY-----…',
  certificate: '-----BEGIN CERTIFICATE-----…',
} as const;

const minModulusLength = 2048;

/** The private key of an application, as PEM of PKCS #8. */
export const rsaPrivateKey: Parser<string> = {
  expected:
    'an RSA private key of at least 2048 bits without a passphrase, in PEM, whose line ends may be written as \\n, or in base64',
  parse: (input) => {
    if (input === placeholders.privateKey) return input;
    const [pem, ...furtherPems] = pemIn(input);
    const key = furtherPems.length > 0 ? undefined : keyOf(() => createPrivateKey(pem ?? derOf(input)));
    const isStrong =
      key?.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= minModulusLength;
    return isStrong ? key.export({ type: 'pkcs8', format: 'pem' }).toString() : undefined;
  },
};

function derOf(input: string): { key: Buffer; format: 'der'; type: 'pkcs8' } {
  return { key: Buffer.from(unquoted(input), 'base64'), format: 'der', type: 'pkcs8' };
}

function keyOf(read: () => KeyObject): KeyObject | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Certificates of authorities (CA), as PEM. */
export const certificates: Parser<string> = {
  expected: 'one or more certificates in PEM, whose line ends may be written as \\n, or in base64',
  parse: (input) => {
    if (input === placeholders.certificate) return input;
    try {
      const pems = pemIn(input).map((pem) => new X509Certificate(pem).toString());
      return pems.length > 0 ? pems.join('') : undefined;
    } catch {
      return undefined;
    }
  },
};

/** The host and the credentials of an SMSC. */
export interface SmppEndpoint {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly systemId: string;
  readonly password: string;
}

/** The URL of an SMSC, with or without TLS, as operators may have it behind a tunnel. */
export const smppUrl: Parser<SmppEndpoint> = {
  expected: 'a URL such as smpps://system-id:password@smsc.example.com:3550, special characters percent-encoded',
  parse: (input) => {
    const url = parsed(unquoted(input));
    if (!url || !/^smpps?:$/.test(url.protocol) || !url.hostname || !url.username) return undefined;
    if (!/^\/?$/.test(url.pathname) || url.search || url.hash || url.port === '0') return undefined;
    try {
      const [systemId, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
      const tls = url.protocol === 'smpps:';
      const host = decodeURIComponent(url.hostname).replace(/^\[(.*)\]$/, '$1');
      return { host, port: Number(url.port || (tls ? 3550 : 2775)), tls, systemId, password };
    } catch {
      return undefined;
    }
  },
};

/** The names of our languages in a template, as `ru=ru,en=en_US`. */
export const templateLanguages: Parser<Readonly<Partial<Record<Language, string>>>> = {
  expected: `our languages (${languages.join(', ')}) and what the template calls them, as en=en_US`,
  parse: (input) => {
    const pairs = unquoted(input)
      .split(',')
      .map((pair) => pair.split('=').map((part) => part.trim()));
    const isValid = pairs.every(
      ([language = '', templateLanguage = '', ...rest]) =>
        rest.length === 0 &&
        languages.some((known) => known === language) &&
        /^[a-z]{2,3}([_-][A-Za-z]{2,4})?$/.test(templateLanguage),
    );
    if (!isValid || new Set(pairs.map(([language]) => language)).size < pairs.length) return undefined;
    return Object.fromEntries(
      pairs.map(([language, templateLanguage = '']) => [language, templateLanguage.replace('-', '_')]),
    );
  },
};

function parsed(input: string): URL | undefined {
  return URL.canParse(input) ? new URL(input) : undefined;
}
