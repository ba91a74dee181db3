import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** A certificate and its key, in PEM. */
export interface Certified {
  readonly cert: string;
  readonly key: string;
}

/** An authority of its own, and certificates that it signs: for a server by its names, or for a client by its name (RFC 5280). */
export function certificateAuthority(name = 'Test Authority'): Certified & {
  issue(subject: string, options?: { dns?: string[]; ips?: string[]; days?: number }): Certified;
} {
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const cert = certificate({
    subject: name,
    issuer: name,
    subjectKey: own.publicKey,
    signer: own.privateKey,
    isAuthority: true,
  });
  return {
    cert,
    key: pemOf(own.privateKey),
    issue: (subject, { dns = [], ips = [], days = 30 } = {}) => {
      const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const made = { subject, issuer: name, subjectKey: pair.publicKey, signer: own.privateKey, dns, ips, days };
      return { cert: certificate(made), key: pemOf(pair.privateKey) };
    },
  };
}

function pemOf(key: KeyObject): string {
  return createPrivateKey(key.export({ type: 'pkcs8', format: 'pem' }))
    .export({ type: 'pkcs8', format: 'pem' })
    .toString();
}

function certificate(asked: {
  subject: string;
  issuer: string;
  subjectKey: KeyObject;
  signer: KeyObject;
  isAuthority?: boolean;
  dns?: string[];
  ips?: string[];
  days?: number;
}): string {
  const ecdsaWithSha256 = sequence(oid(1, 2, 840, 10045, 4, 3, 2));
  const from = Date.now() - 40 * 86_400_000;
  const extensions = [
    ...(asked.isAuthority ? [extension([2, 5, 29, 19], sequence(der(0x01, Buffer.from([0xff]))))] : []),
    ...(asked.dns?.length || asked.ips?.length
      ? [extension([2, 5, 29, 17], alternativeNames(asked.dns ?? [], asked.ips ?? []))]
      : []),
  ];
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ecdsaWithSha256,
    nameOf(asked.issuer),
    sequence(time(from), time(Date.now() + (asked.days ?? 30) * 86_400_000)),
    nameOf(asked.subject),
    asked.subjectKey.export({ type: 'spki', format: 'der' }),
    ...(extensions.length > 0 ? [der(0xa3, sequence(...extensions))] : []),
  );
  const signature = sign('sha256', body, asked.signer);
  const whole = sequence(body, ecdsaWithSha256, der(0x03, Buffer.concat([Buffer.from([0]), signature])));
  return `-----BEGIN CERTIFICATE-----\n${whole.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
}

function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function sequence(...parts: Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

function oid(first: number, second: number, ...others: number[]): Buffer {
  const bytes = others.flatMap((part) => {
    const groups = [part & 127];
    for (let rest = part >> 7; rest > 0; rest >>= 7) groups.unshift((rest & 127) | 128);
    return groups;
  });
  return der(0x06, Buffer.from([40 * first + second, ...bytes]));
}

function nameOf(common: string): Buffer {
  return sequence(der(0x31, sequence(oid(2, 5, 4, 3), der(0x0c, Buffer.from(common)))));
}

function time(at: number): Buffer {
  return der(0x18, Buffer.from(`${new Date(at).toISOString().replace(/\D/g, '').slice(0, 14)}Z`));
}

function extension(id: [number, number, ...number[]], value: Buffer): Buffer {
  return sequence(oid(...id), der(0x04, value));
}

function alternativeNames(dns: string[], ips: string[]): Buffer {
  return sequence(
    ...dns.map((name) => der(0x82, Buffer.from(name))),
    ...ips.map((ip) => der(0x87, Buffer.from(ip.split('.').map(Number)))),
  );
}
