import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto';

/** A key pair that signs JWTs. */
export interface Signer {
  readonly publicJwk: Readonly<Record<string, unknown>>;
  sign(claims: object, header?: object): string;
}

/** Makes a key pair. */
export function newSigner(alg: 'ES256' | 'RS256'): Signer {
  const { privateKey, publicKey } =
    alg === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 });
  const kid = randomUUID();
  const publicJwk = { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' };
  return {
    publicJwk,
    sign(claims, header = { kid }) {
      const text = [{ alg, ...header }, claims].map((part) => encoded(JSON.stringify(part))).join('.');
      const signature = sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' });
      return `${text}.${signature.toString('base64url')}`;
    },
  };
}

/** A DPoP proof (RFC 9449, 4.2), for a request with a token if there is one. */
export function dpopProof(signer: Signer, htm: string, htu: string, token?: string, changes: object = {}): string {
  const { kid: _, alg: __, use: ___, ...jwk } = signer.publicJwk;
  const ath = token === undefined ? {} : { ath: createHash('sha256').update(token).digest('base64url') };
  const claims = { htm, htu, jti: randomUUID(), iat: Math.floor(Date.now() / 1000), ...ath, ...changes };
  return signer.sign(claims, { typ: 'dpop+jwt', jwk });
}

function encoded(text: string): string {
  return Buffer.from(text).toString('base64url');
}
