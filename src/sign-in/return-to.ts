import type { AppLook } from '../http/branding.ts';
import { type OwnCookie, ownCookie } from '../http/cookies.ts';
import type { Reply, Request } from '../http/server.ts';
import { derive, hmac, type SecretKey, type SecretKeys, sameBytes } from '../kit/secret.ts';
import { eraseNextCookie } from '../sessions/cookie.ts';

/** The time for a sign-in that ends at another place than the account page: a code and a repeated one fit into it. */
export const returnSeconds = 1200;

/** The place at which the pages end, after a sign-in by this browser. */
export interface ReturnTo {
  /** A path of ours, or an absolute URL that the caller of `rememberReturn` has allowed. */
  readonly target: string;
  /** The name of the app that waits there, as the pages show it. */
  readonly name: string;
  /** The path of ours that follows when the person cancels; the first page by default. */
  readonly cancelPath?: string | undefined;
  /** The identity of the app, if it has registered one. */
  readonly look?: AppLook | undefined;
  /** The number that the app expects, as it wrote it. */
  readonly numberHint?: string | undefined;
}

const cookie: OwnCookie = ownCookie('return', returnSeconds);

/** A path of ours: no other host, no backslash, no control character, which browsers read as another host. */
const localPath = /^\/(?![/\\])[\w/.~%!$&'()*+,;=:@?-]*$/;
const maxLength = 2000;

/**
 * Parses a place that a client asks for: a path of ours, or a URL whose origin is exactly one of `allowedOrigins`;
 * undefined for anything else, so that no redirect is open.
 */
export function parseReturnTarget(text: string | undefined, allowedOrigins: ReadonlySet<string>): string | undefined {
  if (text === undefined || text.length > maxLength) return undefined;
  if (localPath.test(text)) return text;
  if (!/^https?:\/\/[!-[\]-~]+$/i.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  return allowedOrigins.has(url.origin) && url.username === '' && url.password === '' ? url.href : undefined;
}

/**
 * Keeps the place at which the sign-in of this browser ends. The newest intention counts: erasing the account, which
 * also needs a sign-in, is forgotten. `target` has to be allowed already; the signature protects it in the browser.
 */
export function rememberReturn(
  reply: Reply,
  keys: SecretKeys,
  { target, name, cancelPath, look, numberHint }: ReturnTo,
): void {
  const ends = Math.floor(Date.now() / 1000) + returnSeconds;
  const body = Buffer.from(JSON.stringify([ends, target, name, cancelPath ?? '/', look, numberHint])).toString(
    'base64url',
  );
  eraseNextCookie.clear(reply);
  cookie.write(reply, `${body}.${mac(keys.current, body).toString('base64url')}`);
}

/** Reads that place; undefined if there is none, if its time has passed, or without our signature. */
export function readReturn(
  request: Request,
  keys: SecretKeys,
): (ReturnTo & { readonly cancelPath: string }) | undefined {
  const [body = '', signature = ''] = cookie.read(request)?.split('.') ?? [];
  const actual = Buffer.from(signature, 'base64url');
  if (!keys.all.some((key) => sameBytes(actual, mac(key, body)))) return undefined;
  const parts: unknown = JSON.parse(Buffer.from(body, 'base64url').toString());
  if (!Array.isArray(parts)) return undefined;
  const [ends, target, name, cancelPath, look, numberHint] = parts;
  if (Number(ends) * 1000 <= Date.now()) return undefined;
  return {
    target: String(target),
    name: String(name),
    cancelPath: String(cancelPath),
    ...(look ? { look } : {}),
    ...(numberHint ? { numberHint: String(numberHint) } : {}),
  };
}

/** Forgets that place. */
export function forgetReturn(reply: Reply): void {
  cookie.clear(reply);
}

function mac({ key }: SecretKey, body: string): Buffer {
  return hmac(derive(key, 'return after sign-in'), body);
}
