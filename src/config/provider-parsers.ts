import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { validateHeaderName, validateHeaderValue } from 'node:http';
import { type Language, languages } from '../kit/language.ts';
import { isRecord } from '../kit/record.ts';
import { isPrivate, type Kind, origin } from './parsers.ts';

/** The text as people paste it, without surrounding white space, a byte order mark, or quotes of a shell or of JSON. */
function bare(given: string): string {
  const text = given.replace(/^\uFEFF/, '').trim();
  const [, , inner] = /^(["'`])([\s\S]*)\1$/.exec(text) ?? [];
  return inner === undefined ? text : bare(inner);
}

/** The URL of an HTTP gateway, with placeholders: over TLS, or on this machine. */
export const httpTemplateUrl: Kind<string> = {
  wanted: 'an address that begins with https:// (or http:// on this machine), without a password in it',
  read: (given) => {
    const text = bare(given);
    const url = parsed(text);
    if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) return undefined;
    return isPrivate(url.href) && !/[{}]/.test(url.host) ? text : undefined;
  },
};

/** The origin of a provider's API: over TLS, or on this machine. */
export const publicApi: Kind<string> = {
  wanted: 'an address such as https://api.example.com (or http:// on this machine), without a path',
  read: (given) => {
    const read = origin.read(bare(given));
    return read !== undefined && isPrivate(read) ? read : undefined;
  },
};

/** Headers as a JSON object of texts that HTTP can carry. */
export const httpHeaders: Kind<Readonly<Record<string, string>>> = {
  wanted: 'a JSON object of texts',
  read: (given) => {
    const text = bare(given);
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
export const credential: Kind<string> = {
  wanted: 'a token of letters, digits and signs, without spaces',
  read: (given) => {
    const token = bare(bare(given).replace(/^(?:authorization:\s*)?bearer(?:\s+|$)/i, ''));
    return /^[!-~]+$/.test(token) ? token : undefined;
  },
};

const minSecretLength = 16;

/** A secret of our own that signs callbacks; a short one could be guessed. */
export const callbackSecret: Kind<string> = {
  wanted: `a random text of at least ${minSecretLength} characters, as callbacks are signed with it`,
  read: (given) => {
    const secret = given.trim();
    return secret.length >= minSecretLength && new Set(secret).size >= minSecretLength / 2 ? secret : undefined;
  },
};

/** A secret of Standard Webhooks: 24 to 64 bytes in base64, with or without `whsec_` before them. */
export const webhookSecret: Kind<string> = {
  wanted: 'whsec_ and 24 to 64 random bytes in base64',
  read: (given) => {
    const text = bare(given).replace(/^whsec_/i, '');
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
function pemIn(given: string): string[] {
  const text = bare(given).replace(/\\r|\\n/g, '\n');
  const found = [...text.matchAll(block)].map(([, label, body = '']) => {
    const lines = body.replace(/\s+/g, '').match(/.{1,64}/g) ?? [];
    return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
  });
  const packed = text.replace(/\s+/g, '');
  if (found.length > 0 || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(packed)) return found;
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
export const rsaPrivateKey: Kind<string> = {
  wanted:
    'an RSA private key of at least 2048 bits without a passphrase, in PEM, whose line ends may be written as \\n, or in base64',
  read: (given) => {
    if (given === placeholders.privateKey) return given;
    const [pem, ...others] = pemIn(given);
    const key = others.length > 0 ? undefined : keyOf(() => createPrivateKey(pem ?? derOf(given)));
    const isStrong =
      key?.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= minModulusLength;
    return isStrong ? key.export({ type: 'pkcs8', format: 'pem' }).toString() : undefined;
  },
};

function derOf(given: string): { key: Buffer; format: 'der'; type: 'pkcs8' } {
  return { key: Buffer.from(bare(given), 'base64'), format: 'der', type: 'pkcs8' };
}

function keyOf(read: () => KeyObject): KeyObject | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Certificates of authorities (CA), as PEM. */
export const certificates: Kind<string> = {
  wanted: 'one or more certificates in PEM, whose line ends may be written as \\n, or in base64',
  read: (given) => {
    if (given === placeholders.certificate) return given;
    try {
      const found = pemIn(given).map((pem) => new X509Certificate(pem).toString());
      return found.length > 0 ? found.join('') : undefined;
    } catch {
      return undefined;
    }
  },
};

/** The host and the credentials of an SMSC. */
export interface SmppPlace {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly systemId: string;
  readonly password: string;
}

/** The URL of an SMSC, with or without TLS, as operators may have it behind a tunnel. */
export const smppUrl: Kind<SmppPlace> = {
  wanted: 'an address such as smpps://system-id:password@smsc.example.com:3550, special characters percent-encoded',
  read: (given) => {
    const url = parsed(bare(given));
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
export const templateLanguages: Kind<Readonly<Partial<Record<Language, string>>>> = {
  wanted: `our languages (${languages.join(', ')}) and what the template calls them, as en=en_US`,
  read: (given) => {
    const pairs = bare(given)
      .split(',')
      .map((pair) => pair.split('=').map((part) => part.trim()));
    const good = pairs.every(
      ([ours = '', theirs = '', ...rest]) =>
        rest.length === 0 && languages.some((one) => one === ours) && /^[a-z]{2,3}([_-][A-Za-z]{2,4})?$/.test(theirs),
    );
    if (!good || new Set(pairs.map(([ours]) => ours)).size < pairs.length) return undefined;
    return Object.fromEntries(pairs.map(([ours, theirs = '']) => [ours, theirs.replace('-', '_')]));
  },
};

function parsed(given: string): URL | undefined {
  return URL.canParse(given) ? new URL(given) : undefined;
}
