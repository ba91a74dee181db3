import type { DpopSigner } from './oauth.ts';
import { base64url, randomToken, sha256 } from './random.ts';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };

/**
 * Signs by a key that a script can use and cannot read: it is kept in IndexedDB, where there is one, and else until the
 * page ends. Tokens that are bound to it are worth nothing elsewhere.
 */
export async function openDpopKey(name = 'vouch.dpop'): Promise<DpopSigner> {
  const pair = (await keptPair(name)) ?? (await makePair());
  const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', pair.publicKey);
  const header = encode({ typ: 'dpop+jwt', alg: 'ES256', jwk: { kty, crv, x, y } });
  return async (method, url, accessToken) => {
    const claims = {
      jti: randomToken(),
      htm: method,
      htu: url.replace(/[?#].*$/, ''),
      iat: Math.floor(Date.now() / 1000),
      ...(accessToken ? { ath: await sha256(accessToken) } : {}),
    };
    const text = `${header}.${encode(claims)}`;
    const signature = { ...algorithm, hash: 'SHA-256' };
    const signed = await crypto.subtle.sign(signature, pair.privateKey, new TextEncoder().encode(text));
    return `${text}.${base64url(new Uint8Array(signed))}`;
  };
}

function makePair(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(algorithm, false, ['sign']) as Promise<CryptoKeyPair>;
}

/** Two tabs that open at once end with the key that was kept first. */
async function keptPair(name: string): Promise<CryptoKeyPair | undefined> {
  if (typeof indexedDB === 'undefined') return undefined;
  const made = await makePair();
  const opening = indexedDB.open(name, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore('keys');
  const database = await done(opening);
  const store = database.transaction('keys', 'readwrite').objectStore('keys');
  // nothing else is awaited between the two, or the transaction would end
  const kept: CryptoKeyPair | undefined = await done(store.get('pair'));
  if (!kept) await done(store.put(made, 'pair'));
  database.close();
  return kept ?? made;
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function encode(value: object): string {
  return base64url(new TextEncoder().encode(JSON.stringify(value)));
}
