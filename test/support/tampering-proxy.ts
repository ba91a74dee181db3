import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { after } from 'node:test';

/**
 * A change of ID tokens on their way to an app, of their claims or of their signature; of the answer of userinfo; or of the
 * parameters with which the browser comes back.
 */
export interface Tampering {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly signature?: 'none' | 'of another key' | 'of an unknown key';
  readonly userinfo?: Readonly<Record<string, unknown>>;
  readonly redirect?: Readonly<Record<string, string>>;
}

/** The changes that a library has to notice. */
export const tamperings: Readonly<Record<string, Tampering>> = {
  'another nonce': { claims: { nonce: 'another' } },
  'another audience': { claims: { aud: 'another' } },
  'another issuer': { claims: { iss: 'https://another.example' } },
  'an end in the past': { claims: { exp: 1_000_000_000, iat: 999_999_000 } },
  'alg none': { signature: 'none' },
  'another key': { signature: 'of another key' },
  'a key that is not published': { signature: 'of an unknown key' },
};

/** The changes of the way back to the app; RFC 9207 has the check of the issuer, against a mix-up of two providers. */
export const redirectTamperings: Readonly<Record<string, Tampering>> = {
  'another state': { redirect: { state: 'another' } },
  'the issuer of another provider': { redirect: { iss: 'https://another.example' } },
};

const keyOf = () => generateKeyPairSync('rsa', { modulusLength: 2048 });

/**
 * Stands before the provider under its public URL. Its own key is among the published ones, so that a changed ID token
 * has a valid signature, and the claim alone is wrong.
 */
export class TamperingProxy {
  /** The change of the ID tokens that come now; none leaves them as they are. */
  tampering: Tampering | undefined;
  readonly #server = createServer((asked, answer) => void this.#forward(asked, answer));
  readonly #key = keyOf();
  readonly #stranger = keyOf();
  #target = 0;

  /** Listens at a port of the loopback, and returns the public URL. */
  async listen(): Promise<string> {
    await new Promise<void>((listening) => this.#server.listen(0, '127.0.0.1', listening));
    after(() => {
      this.#server.closeAllConnections();
      this.#server.close();
    });
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Forwards to this port from now on. */
  forwardTo(port: number): void {
    this.#target = port;
  }

  async #forward(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const { 'accept-encoding': _, ...headers } = asked.headers;
    const { method, url } = asked;
    const to = request({ host: '127.0.0.1', port: this.#target, method, path: url, headers }, async (response) => {
      const body = this.#change(url ?? '', await buffer(response));
      const { 'content-length': __, 'transfer-encoding': ___, ...kept } = response.headers;
      const location = this.#changeRedirect(kept.location);
      const changed = { ...kept, ...(location && { location }), 'content-length': body.length };
      answer.writeHead(response.statusCode ?? 502, changed).end(body);
    });
    to.on('error', () => answer.destroy());
    asked.pipe(to);
  }

  #change(url: string, body: Buffer): Buffer {
    if (url === '/oauth/jwks') return changeJson(body, ({ keys }) => ({ keys: [...keys, this.#publicKey()] }));
    const tampering = this.tampering;
    if (url === '/oauth/userinfo' && tampering?.userinfo)
      return changeJson(body, (claims) => ({ ...claims, ...tampering.userinfo }));
    if (url !== '/oauth/token' || !tampering || tampering.redirect) return body;
    return changeJson(body, (tokens) => ({ ...tokens, id_token: this.#changeToken(tokens.id_token, tampering) }));
  }

  #changeRedirect(location: string | undefined): string | undefined {
    const changes = Object.entries(this.tampering?.redirect ?? {});
    if (changes.length === 0 || !location || !/[?&]code=/.test(location)) return location;
    const url = new URL(location);
    for (const [name, value] of changes) url.searchParams.set(name, value);
    return url.href;
  }

  #publicKey() {
    return { ...this.#key.publicKey.export({ format: 'jwk' }), kid: 'tampered', use: 'sig', alg: 'RS256' };
  }

  #changeToken(token: string, { claims = {}, signature }: Tampering): string {
    const [, payload = ''] = token.split('.');
    const changed = { ...JSON.parse(Buffer.from(payload, 'base64url').toString()), ...claims };
    const kid = signature === 'of an unknown key' ? 'unknown' : 'tampered';
    const header = signature === 'none' ? { alg: 'none' } : { alg: 'RS256', kid };
    const text = [header, changed].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    const key = signature === undefined ? this.#key : this.#stranger;
    return `${text}.${signature === 'none' ? '' : signed(text, key.privateKey)}`;
  }
}

function signed(text: string, key: KeyObject): string {
  return sign('sha256', Buffer.from(text), key).toString('base64url');
}

// biome-ignore lint/suspicious/noExplicitAny: a proxy changes what it does not know the form of
function changeJson(body: Buffer, change: (value: any) => unknown): Buffer {
  return Buffer.from(JSON.stringify(change(JSON.parse(body.toString()))));
}
