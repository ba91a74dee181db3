import { fastifyCookie } from '@fastify/cookie';
import type { Reply, Request } from '../http/server.ts';
import { derive, hmac, type SecretKey, type SecretKeys, sameBytes } from '../kit/secret.ts';
import { uuidBytes, uuidOf } from '../kit/uuid.ts';
import type { Credential } from '../sessions/session.ts';

const idBytes = 16;
const hashBytes = 32;
const maxAgeSeconds = 400 * 86_400;

/**
 * A pass stands for a session at `GET /resolve`, and nowhere else: it has the SHA-256 of the secret of the session, so that
 * an app which reads it cannot act as the person. Our MAC keeps those who read the database from making one.
 */
export function formatPass({ current }: SecretKeys, { accountId, secretHash }: Credential): string {
  const body = Buffer.concat([uuidBytes(accountId), secretHash]);
  return Buffer.concat([body, mac(current, body)]).toString('base64url');
}

/** Parses a pass; undefined if it is not one of ours, so that no such pass costs a statement. */
export function parsePass({ all }: SecretKeys, text: string): Credential | undefined {
  if (!/^[A-Za-z0-9_-]{107}$/.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64url');
  const body = bytes.subarray(0, idBytes + hashBytes);
  if (!all.some((key) => sameBytes(bytes.subarray(body.length), mac(key, body)))) return undefined;
  return { accountId: uuidOf(body.subarray(0, idBytes)), secretHash: body.subarray(idBytes) };
}

/** Gives the browser the pass for all hosts of a domain. */
export function writePass(reply: Reply, domain: string, pass: string): void {
  const secure = isSecure(reply);
  const options = { path: '/', httpOnly: true, sameSite: 'lax', secure, domain, maxAge: maxAgeSeconds } as const;
  reply.header('set-cookie', fastifyCookie.serialize(nameFor(reply), pass, options));
}

/** The pass of a request. */
export function readPass(request: Request): string | undefined {
  const { cookie } = request.headers;
  return cookie === undefined ? undefined : fastifyCookie.parse(cookie)[nameFor(request)];
}

function nameFor(head: Pick<Request, 'server'>): string {
  return isSecure(head) ? '__Secure-pass' : 'signin-pass';
}

function isSecure({ server }: Pick<Request, 'server'>): boolean {
  return server.publicUrl.startsWith('https:');
}

function mac({ key }: SecretKey, body: Buffer): Buffer {
  return hmac(derive(key, 'pass of a session'), body);
}
